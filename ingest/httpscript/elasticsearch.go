package httpscript

import (
	"bytes"
	"strings"

	"ivre/ingest/host"
)

// maxJSON is the size of a body that is read as JSON. Elasticsearch's have less than 2 KiB.
const maxJSON = 1 << 20

// addElasticsearch describes a port's service as Elasticsearch if the body is that of its start page, or of its
// refusal to show it to strangers.
func addElasticsearch(h *host.Host, p *host.Port, body []byte) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || body[0] != '{' || len(body) > maxJSON {
		return
	}
	isStart, isRefusal := bytes.Contains(body, []byte(`"tagline"`)), bytes.Contains(body, []byte(`"error"`))
	if !isStart && !isRefusal {
		return
	}
	v, err := host.DecodeValue(body)
	if err != nil {
		return
	}
	o, _ := v.(*host.Object)
	switch {
	case o.Text("tagline") == "You Know, for Search":
		startPage(h, p, o)
	case refused(o):
		setProduct(p, "", "Authentication required")
		h.AddCPE("cpe:/a:elasticsearch:elasticsearch", host.OriginPort(p.Port))
	}
}

func setProduct(p *host.Port, version, info string) {
	p.Service.Name, p.Service.Product, p.Service.Version, p.Service.ExtraInfo = "http", "Elasticsearch REST API", version, info
}

// startPage takes names and versions from the start page of Elasticsearch.
func startPage(h *host.Host, p *host.Port, o *host.Object) {
	v, _ := o.Get("version")
	versions, _ := v.(*host.Object)
	version, lucene := versions.Text("number"), versions.Text("lucene_version")
	var info []string
	name := o.Text("name")
	if name != "" {
		info = append(info, "name: "+name)
	}
	if cluster := o.Text("cluster_name"); cluster != "" {
		info = append(info, "cluster: "+cluster)
	}
	if lucene != "" {
		info = append(info, "Lucene "+lucene)
	}
	setProduct(p, version, strings.Join(info, "; "))
	if name != "" {
		p.Service.Hostname = name
		h.AddHostname(name, "service")
	}
	origin := host.OriginPort(p.Port)
	if version == "" {
		h.AddCPE("cpe:/a:elasticsearch:elasticsearch", origin)
	} else {
		h.AddCPE("cpe:/a:elasticsearch:elasticsearch:"+version, origin)
	}
	if lucene != "" {
		h.AddCPE("cpe:/a:apache:lucene:"+lucene, origin)
	}
}

// refused tells whether an answer asks for authentication: its status is 401, and the error is Elasticsearch's.
func refused(o *host.Object) bool {
	v, _ := o.Get("error")
	switch e := v.(type) {
	case string:
		return isUnauthorized(o) && strings.HasPrefix(e, "AuthenticationException")
	case *host.Object:
		_, ok := e.Get("root_cause")
		return ok && (isUnauthorized(o) || isUnauthorized(e))
	}
	return false
}

func isUnauthorized(o *host.Object) bool {
	status, _ := o.Get("status")
	return status == int64(401)
}
