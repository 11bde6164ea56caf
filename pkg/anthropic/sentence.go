package anthropic

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Sentence is what a person may be told: what happened and what helps. It holds no secret.
func (e *APIError) Sentence() string {
	if s, ok := e.localSentence(); ok {
		return s
	}
	switch {
	case e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity:
		return e.badRequest()
	case e.Status == http.StatusUnauthorized:
		return "The model server did not accept the API key. Whoever runs this server should check ANTHROPIC_API_KEY."
	case e.Status == http.StatusPaymentRequired:
		return billingSentence
	case e.Status == http.StatusForbidden:
		return "The API key may not use this model or feature. Choose another model, or have the key's permissions checked."
	case e.Status == http.StatusNotFound:
		return e.notFound()
	case e.Status == http.StatusRequestEntityTooLarge:
		return "The request is bigger than the model server takes, often because of large images or files. Start a new session, or attach less."
	case e.Status == http.StatusTooManyRequests:
		return "The model server is limiting how much this API key may ask." + e.waitHint()
	case e.Status == statusOverloaded:
		return "The model is overloaded at the moment." + e.waitHint()
	case e.Status == http.StatusGatewayTimeout || e.Status == http.StatusRequestTimeout:
		return "The model server took too long to answer. Try again."
	case e.Status >= http.StatusInternalServerError:
		return fmt.Sprintf("The model server has a problem of its own (%d).%s", e.Status, e.waitHint())
	default:
		return fmt.Sprintf("The model server answered in an unexpected way (%d). Whoever runs this server should check ANTHROPIC_BASE_URL.", e.Status)
	}
}

const billingSentence = "The account behind the API key has no credit left. Whoever runs this server can add some in the provider's console."

// localSentence is for the errors that are noticed on this side.
func (e *APIError) localSentence() (string, bool) {
	switch e.Type {
	case TypeConnection:
		if !e.Retryable {
			return "The model server could not show that it is who it claims to be (certificate). Whoever runs this server should check ANTHROPIC_BASE_URL.", true
		}
		return "The model server could not be reached. Check this server's network, and ANTHROPIC_BASE_URL if it is set.", true
	case TypeCut:
		return "The connection to the model broke off in the middle of its answer. Try again.", true
	case TypeIdle:
		return fmt.Sprintf("The model sent nothing for %s, so the wait was ended. Try again.", roundly(e.Idle)), true
	case TypeMalformed:
		return "The model server sent something that could not be understood. Try again; if it stays so, check ANTHROPIC_BASE_URL.", true
	case TypeContentType:
		return "The address in ANTHROPIC_BASE_URL answered, but not like a Messages API. Whoever runs this server should check it.", true
	case TypeRedirect:
		return "The model server sent the request on to another address, which was not followed, so that the API key stays where it is. Check ANTHROPIC_BASE_URL.", true
	}
	return "", false
}

// badRequest explains a 400, which is nearly always about the size or the content of the conversation.
func (e *APIError) badRequest() string {
	text := strings.ToLower(e.Message)
	switch {
	case strings.Contains(text, "prompt is too long") || strings.Contains(text, "exceed context limit") || strings.Contains(text, "context window"):
		return "This conversation has become longer than the model can take in. Start a new session, or go on from an earlier message."
	case strings.Contains(text, "credit balance"):
		return billingSentence
	case strings.Contains(text, "image"):
		return "The model could not take an image in this conversation: " + full(e.Message)
	case e.Message != "":
		return "The model server refused the request: " + full(e.Message)
	default:
		return "The model server refused the request and did not say why."
	}
}

func (e *APIError) notFound() string {
	if name, ok := strings.CutPrefix(e.Message, "model: "); ok {
		return fmt.Sprintf("The model server does not know the model %q. Choose another one; whoever runs this server can set ANTHROPIC_MODEL.", name)
	}
	return "The model server does not know the model, or the address is not a Messages API. Check the model and ANTHROPIC_BASE_URL."
}

func (e *APIError) waitHint() string {
	if e.RetryAfter > 0 {
		return fmt.Sprintf(" It asks to wait %s.", roundly(e.RetryAfter))
	}
	return " Try again in a moment."
}

// full ends a text with a full stop.
func full(text string) string {
	text = strings.TrimSpace(text)
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "…") {
		return text
	}
	return text + "."
}

// roundly says a duration as people do, rounded up.
func roundly(d time.Duration) string {
	switch {
	case d <= time.Second:
		return "a second"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d seconds", (d+time.Second-1)/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", (d+time.Minute-1)/time.Minute)
	default:
		return fmt.Sprintf("%d hours", (d+time.Hour-1)/time.Hour)
	}
}
