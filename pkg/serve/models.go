package serve

import (
	"context"
	"log/slog"
	"time"

	"claude-agent-chat/pkg/agent"
	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/lifecycle"
)

const (
	// modelsEvery is how often the server of the models is asked which there are.
	modelsEvery = 6 * time.Hour
	// modelsPatience is how long it may take to answer.
	modelsPatience = 20 * time.Second
	// maxModels bounds what is offered.
	maxModels = 30
)

// modelsPart keeps the list of models up to what the Messages API offers. While that cannot be had, the list stays as it is.
func modelsPart(cfg *config.Config, client *anthropic.Client, native *agent.Agent, log *slog.Logger) lifecycle.Part {
	return lifecycle.Part{Name: "models", Serve: func(ctx context.Context) error {
		if cfg.DemoModel() {
			<-ctx.Done()
			return nil
		}
		for {
			asking, cancel := context.WithTimeout(ctx, modelsPatience)
			offered, err := client.Models(asking)
			cancel()
			if err == nil {
				native.SetModels(offeredModels(cfg, offered))
			} else if ctx.Err() == nil {
				log.Info("models not listed", "error", err)
			}
			select {
			case <-time.After(modelsEvery):
			case <-ctx.Done():
				return nil
			}
		}
	}}
}

// offeredModels are the configured model and what the API offers.
func offeredModels(cfg *config.Config, offered []anthropic.Model) []engine.Model {
	first := Models(cfg)[0]
	models := []engine.Model{first}
	for _, m := range offered {
		switch {
		case m.ID == "":
		case m.ID == first.ID:
			if m.Name != "" {
				models[0].Name = m.Name
			}
		case len(models) < maxModels:
			name := m.Name
			if name == "" {
				name = m.ID
			}
			models = append(models, engine.Model{ID: m.ID, Name: name})
		}
	}
	if len(models) == 1 {
		return Models(cfg) // a server that lists nothing has more than nothing.
	}
	return models
}
