package anthropictest

// Intents shows tests how a prompt is understood: the kind and the arguments of each intent.
func Intents(text string) []map[string]string {
	var out []map[string]string
	for _, in := range intents(text) {
		m := map[string]string{"kind": in.kind}
		for name, value := range in.args {
			if value != "" {
				m[name] = value
			}
		}
		out = append(out, m)
	}
	return out
}
