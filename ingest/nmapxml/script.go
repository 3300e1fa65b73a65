package nmapxml

import (
	"strings"

	"ivre/ingest/host"
)

// script is the script that is being read.
type script struct {
	port   *host.Port // where it belongs; nil if it is left out
	line   int
	s      host.Script
	tables []table // the open ones, the script itself first
	flat   bool    // tables are ignored
	cpes   []string

	key   string // of the open <elem>
	keyed bool
}

// table is a <table>, or the script around all of them. Its first member tells whether it is an object (members
// have keys) or a list.
type table struct {
	key     string
	keyed   bool // it has a key
	decided bool
	object  *host.Object
	list    host.List
	index   map[string]int // members of a large object
}

// indexFrom is the number of members from which on an object is searched by an index.
const indexFrom = 32

// add adds a member. It returns false if the member does not fit the others.
func (tb *table) add(key string, keyed bool, v host.Value) bool {
	if !tb.decided {
		tb.decided = true
		if keyed {
			tb.object = &host.Object{}
		}
	}
	if keyed != (tb.object != nil) {
		return false
	}
	if !keyed {
		tb.list = append(tb.list, v)
		return true
	}
	o := tb.object
	if len(o.Members) < indexFrom {
		o.Set(key, v)
		return true
	}
	if tb.index == nil {
		tb.index = make(map[string]int, 2*indexFrom)
		for i := range o.Members {
			tb.index[o.Members[i].Key] = i
		}
	}
	if i, ok := tb.index[key]; ok {
		o.Members[i].Value = v
		return true
	}
	tb.index[key] = len(o.Members)
	o.Members = append(o.Members, host.Member{Key: key, Value: v})
	return true
}

// value returns the table's value, nil if it has no members.
func (tb *table) value() host.Value {
	switch {
	case tb.object != nil:
		return tb.object
	case tb.decided:
		return tb.list
	}
	return nil
}

func (rd *reader) startScript(parent element) {
	t, b := rd.t, &rd.b
	sc := &b.script
	*sc = script{line: t.lineOfToken(), tables: append(sc.tables[:0], table{}), cpes: sc.cpes[:0]}
	p := b.port
	if parent == elHostscript {
		p = &b.hostPort
		p.Port = host.HostScripts
	}
	if p == nil { // of a port that is left out
		return
	}
	if b.size > softHost {
		if !b.full {
			b.full = true
			rd.warn(sc.line, "the host that starts at line %d takes more than %d MiB of memory: its further scripts are left out", b.line, softHost>>20)
		}
		return
	}
	var output *attr
	for i := range t.attrs {
		switch a := &t.attrs[i]; string(t.attrName(a)) {
		case "id":
			sc.s.ID = t.str(a)
		case "output":
			output = a
		}
	}
	if sc.s.ID == "" {
		rd.warn(sc.line, "a script without an id is left out")
		return
	}
	if output != nil {
		sc.s.Output, sc.s.HasOutput = t.str(output), true
		if output.cut {
			rd.warn(sc.line, "the output of the script %s has more than %d MiB and is cut", sc.s.ID, maxValue>>20)
		}
	}
	switch sc.s.ID {
	case "xmpp-info", "sslv2", "sslv2-drown": // members with and without keys side by side
		sc.flat = true
	}
	sc.port = p
}

// key returns the key of the current tag as records have it: a dot would separate the names of a path.
func (rd *reader) key() (key string, keyed bool) {
	t := rd.t
	for i := range t.attrs {
		if a := &t.attrs[i]; string(t.attrName(a)) == "key" {
			key, keyed = t.str(a), true
		}
	}
	return key, keyed
}

func recordKey(key string) string { return strings.ReplaceAll(key, ".", "_") }

func (rd *reader) startTable() {
	sc := &rd.b.script
	if sc.port == nil || sc.flat {
		return
	}
	tb := table{}
	tb.key, tb.keyed = rd.key()
	sc.tables = append(sc.tables, tb)
}

func (rd *reader) closeTable() {
	sc := &rd.b.script
	n := len(sc.tables) - 1
	if sc.port == nil || sc.flat || n < 1 {
		return
	}
	tb := sc.tables[n]
	sc.tables[n] = table{}
	sc.tables = sc.tables[:n]
	v := tb.value()
	if v == nil {
		if !tb.keyed { // nothing at all
			return
		}
		v = &host.Object{}
	}
	rd.addMember(tb.key, tb.keyed, v)
}

// addMember adds a member to the innermost table. If it does not fit, the script loses its structure.
func (rd *reader) addMember(key string, keyed bool, v host.Value) {
	sc := &rd.b.script
	if sc.tables[len(sc.tables)-1].add(recordKey(key), keyed, v) {
		return
	}
	rd.warn(sc.line, "the script %s has elements with and without keys side by side: its structure is left out", sc.s.ID)
	sc.flat = true
	clear(sc.tables)
}

func (rd *reader) startElem() {
	sc := &rd.b.script
	if sc.port == nil {
		return
	}
	sc.key, sc.keyed = rd.key()
	if !sc.flat || sc.key == "cpe" {
		rd.t.keepFrom()
	}
}

func (rd *reader) closeElem() {
	sc := &rd.b.script
	if sc.port == nil || sc.flat && sc.key != "cpe" {
		return
	}
	text := rd.t.internValue(rd.t.text)
	if sc.key == "cpe" {
		sc.cpes = append(sc.cpes, text.(string))
	}
	if !sc.flat {
		rd.addMember(sc.key, sc.keyed, text)
	}
}

func (rd *reader) closeScript() {
	b := &rd.b
	sc := &b.script
	p := sc.port
	if p == nil {
		return
	}
	if !sc.flat {
		sc.s.Data = sc.tables[0].value()
	}
	sc.port = nil
	n := len(p.Scripts)
	if rd.opt.Script == nil {
		p.Scripts = append(p.Scripts, sc.s)
	} else {
		rd.opt.Script(b.h, p, sc.s)
	}
	if len(p.Scripts) > n {
		for _, name := range sc.cpes {
			rd.addCPE(name, host.OriginScript(p.Port, sc.s.ID))
		}
	}
	clear(sc.tables)
	sc.s = host.Script{}
}
