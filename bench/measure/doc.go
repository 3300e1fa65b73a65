// Package measure is what the benchmarks share: generated files that are kept for the next run, databases of their own,
// commands with their time and memory, and answers of the web API beside hand-written SQL. It knows nothing of what is
// measured.
package measure
