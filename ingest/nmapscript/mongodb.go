package nmapscript

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"ivre/ingest/host"
)

// createMongoDB reads the text of mongodb-databases: the server's answer as a tree, indented by two blanks per level.
func createMongoDB(j *job, output string) host.Value {
	if strings.HasPrefix(strings.TrimLeft(output, " \n"), "errmsg = command listDatabases requires authentication") {
		return nil
	}
	m := mongoReader{top: newMembers()}
	number := 0
	for line := range strings.SplitSeq(output, "\n") {
		number++
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := m.line(strings.TrimSuffix(line, "\r")); err != nil {
			j.warn("only the text is kept, line %d is not understood: %v", number, err)
			return nil
		}
	}
	return m.result()
}

// members are the members of an object that is being read.
type members struct {
	o    *host.Object
	seen map[string]bool
}

func newMembers() *members { return &members{&host.Object{}, map[string]bool{}} }

// add adds a member; each must have another key.
func (m *members) add(key string, v host.Value) error {
	if m.seen[key] {
		return fmt.Errorf("%.100q is there twice", key)
	}
	m.seen[key] = true
	m.o.Members = append(m.o.Members, host.Member{Key: key, Value: v})
	return nil
}

// addText adds a member in the type that it has by its key.
func (m *members) addText(key, text string) error {
	if key == "$err" {
		key = "errmsg"
	}
	var v host.Value = text
	switch key {
	case "totalSize", "totalSizeMb", "sizeOnDisk":
		f, err := parseSize(text)
		if err != nil {
			return err
		}
		v = f
	case "empty", "code", "ok":
		switch text {
		case "true":
			v = true
		case "false":
			v = false
		case "nil":
			v = nil
		}
	}
	return m.add(key, v)
}

func parseSize(text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%.100q is not a size", text)
	}
	return f, nil
}

// mongoReader holds what was read, and which part of the tree is open at each level.
type mongoReader struct {
	top       *members
	badCmd    *members // open at level 1, the command that the server refused
	inDBs     bool     // open at level 1, the list of databases
	hasDBs    bool
	databases []*members
	database  *members // open at level 2
	inShards  bool     // open at level 3, the last member of the database
}

var errLevel = errors.New("it does not belong there")

// line reads a line that is not blank.
func (m *mongoReader) line(line string) error {
	text := strings.TrimLeft(line, " ")
	indent := len(line) - len(text)
	if indent%2 != 0 {
		return errors.New("its indentation is odd")
	}
	key, value, isMember := strings.Cut(text, " = ")
	if k, ok := strings.CutSuffix(text, " ="); ok && !isMember {
		key, isMember = k, true
	}
	switch indent / 2 {
	case 1:
		m.badCmd, m.inDBs, m.database, m.inShards = nil, false, nil, false
		if isMember {
			return m.top.addText(key, value)
		}
		return m.open(text)
	case 2:
		m.database, m.inShards = nil, false
		return m.second(text, key, value, isMember)
	case 3:
		m.inShards = false
		return m.third(text, key, value, isMember)
	case 4:
		return m.shard(key, value)
	}
	return errLevel
}

// open opens a part of the answer.
func (m *mongoReader) open(text string) error {
	switch text {
	case "databases":
		m.inDBs, m.hasDBs = true, true
		return m.top.add("databases", nil) // its place
	case "bad cmd":
		m.badCmd = newMembers()
		return m.top.add("bad cmd", m.badCmd.o)
	}
	return errLevel
}

// second reads a line of the second level.
func (m *mongoReader) second(text, key, value string, isMember bool) error {
	switch {
	case m.badCmd != nil && isMember:
		return m.badCmd.addText(key, value)
	case !m.inDBs:
		return errLevel
	case isMember:
		return m.top.addText("databases_"+key, value)
	}
	if _, ok := parseDigits(text); !ok {
		return errLevel
	}
	m.database = newMembers()
	m.databases = append(m.databases, m.database)
	return nil
}

// third reads a line of the third level.
func (m *mongoReader) third(text, key, value string, isMember bool) error {
	switch {
	case m.database == nil:
		return errLevel
	case isMember:
		return m.database.addText(key, value)
	case text == "shards":
		m.inShards = true
		return m.database.add("shards", host.List{})
	}
	return errLevel
}

// shard reads a line of the fourth level.
func (m *mongoReader) shard(key, value string) error {
	if !m.inShards {
		return errLevel
	}
	size, err := parseSize(value)
	if err != nil {
		return err
	}
	last := &m.database.o.Members[m.database.o.Len()-1]
	list, _ := last.Value.(host.List)
	last.Value = append(list, host.NewObject("name", key, "size", size))
	return nil
}

// result returns what was read, nil if there was nothing.
func (m *mongoReader) result() host.Value {
	if m.hasDBs {
		list := make(host.List, len(m.databases))
		for i, db := range m.databases {
			list[i] = db.o
		}
		m.top.o.Set("databases", list)
	}
	if m.top.o.Len() == 0 {
		return nil
	}
	return m.top.o
}
