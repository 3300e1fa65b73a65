package hosts_test

// Values of ports and services.
var (
	poolPorts     = []int{22, 53, 80, 139, 443, 445, 500, 8080}
	poolServices  = []string{"http", "ssh", "domain", "X11", "microsoft-ds", "ms-sql-s", "HTTP", "http-proxy"}
	poolProducts  = []string{"nginx", "Apache httpd", "OpenSSH", "MiniServ", "GeoVision Webcam", "geovision", "Cisco IOS", "/dev/null httpd", "it's", "a|b"}
	poolVersions  = []string{"2.4.1", "1.0", "7.4p1 Debian 10+deb9u7", "5.5.5-10.3", "(x)"}
	poolExtras    = []string{"access denied", "Webmin httpd", "Anonymous bind OK", "Ubuntu", "protocol 2.0"}
	poolDevices   = []string{"router", "webcam", "VoIP phone", "WAP", "printer", "PBX", "Router"}
	poolWords     = []string{"login", "admin", "passwort", "user1", "été"}
	poolStates    = []string{"open", "open", "open", "closed", "filtered", "open|filtered"}
	poolHostnames = []string{"srv1", "SRV1.example.com"}
	poolProtocols = []string{"tcp", "tcp", "tcp", "udp", "sctp"}
)

func (g maker) ports() []object {
	ports := some(g, 5, g.port)
	if g.in(3) {
		ports = append(ports, object{"port": -1, "scripts": some(g, 4, func() object { return g.script(hostScripts) })})
	}
	return ports
}

func (g maker) port() object {
	p := object{"port": pick(g, poolPorts), "protocol": pick(g, poolProtocols)}
	if !g.in(15) {
		p["state_state"] = pick(g, poolStates)
	}
	if !g.in(5) {
		p["state_reason"] = pick(g, []string{"syn-ack", "reset", "no-response"})
	}
	if g.in(2) {
		p["state_reason_ttl"] = pick(g, []int{0, 54, 64, 128, 255})
	}
	if g.in(6) {
		p["state_reason_ip"] = pick(g, poolAddrs)
	}
	g.service(p)
	if g.in(4) {
		g.screenshot(p)
	}
	if !g.in(3) {
		p["scripts"] = some(g, 4, func() object { return g.script(portScripts) })
	}
	return p
}

func (g maker) service(p object) {
	if g.in(4) {
		return
	}
	g.put(p, "service_name", poolServices)
	g.put(p, "service_product", poolProducts)
	if g.in(2) {
		g.put(p, "service_version", poolVersions)
	}
	if g.in(2) {
		g.put(p, "service_extrainfo", poolExtras)
	}
	if g.in(3) {
		g.put(p, "service_devicetype", poolDevices)
	}
	if g.in(4) {
		g.put(p, "service_hostname", poolHostnames)
	}
	if g.in(4) {
		p["service_ostype"], p["service_tunnel"], p["service_method"] = pick(g, poolOSFamilies), "ssl", "probed"
	}
	if g.in(4) {
		p["service_conf"] = pick(g, []int{3, 8, 10})
	}
	if g.in(8) {
		p["service_servicefp"] = pick(g, []any{"SF-Port80", nil})
	}
	if g.in(12) { // two services that words name with all of their members
		p["service_name"], p["service_product"] = "http", "MiniServ"
	}
	if g.in(12) {
		p["service_name"] = "X11"
	}
}

func (g maker) screenshot(p object) {
	if !g.in(5) {
		p["screenshot"] = pick(g, []string{"field", "empty"})
	}
	if !g.in(5) {
		p["screenwords"] = g.texts(3, poolWords)
	}
}
