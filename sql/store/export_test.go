package store

import (
	"fmt"

	"ivre/engine"
)

// EngineURL is the URL of an engine on this machine.
func EngineURL(port int, password, database string) string {
	return fmt.Sprintf("clickhouse://%s:%s@127.0.0.1:%d/%s", engine.User, password, port, database)
}
