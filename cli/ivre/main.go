// Command ivre is a network cartography engine on ClickHouse.
package main

import (
	"os"

	"ivre/cli"
	"ivre/engine"
)

func main() {
	engine.RunIfChild()
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
