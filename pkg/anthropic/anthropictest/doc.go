// Package anthropictest is a Messages API that needs no network and no key: a scripted server for tests, a generator for
// benchmarks, the built-in demo model, and a model that does what a small language in the prompt says.
//
// All of them are plain HTTP handlers. [Start] serves one on the loopback; [Client] reaches one without any port. The
// package does not import testing, because the demo model is part of the product.
package anthropictest
