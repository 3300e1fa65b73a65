// Command ivre is a network cartography engine on ClickHouse.
package main

import "ivre/engine"

func main() {
	engine.RunIfChild()
}
