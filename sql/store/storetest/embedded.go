//go:build !docker

package storetest

import "os"

// startServer names the server to test against: that of IVRE_TEST_DB, or none for an embedded engine.
func startServer() (address string, stop func()) { return os.Getenv("IVRE_TEST_DB"), func() {} }
