// Package engine runs a real ClickHouse as a child process of the program, on a folder of the user's,
// so that no server has to be installed. The engine is ClickHouse's own library (libchdb.so); it is
// loaded only in the child, so that its crashes, signals and memory stay apart.
//
// Life of an engine: every process that uses the folder holds a shared lock on it. The first one
// starts the child, the others connect to the same child, and the child ends when the last lock is
// gone, however its holders ended. A child that died is started again by Ensure.
//
// The package knows nothing of tables: it hands out an address and a password.
package engine
