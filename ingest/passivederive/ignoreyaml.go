package passivederive

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxNesting is how deep lists and tables of a file may be nested. Rules need four levels.
const maxNesting = 16

var errNesting = fmt.Errorf("lists and tables nested more than %d deep", maxNesting)

// maxOpenLines is how many lines of a file may end in a dash or a colon, whose value is then empty or on the lines below.
// The parser takes time that grows with the square of their number. Rules have such a line for each kind of observation.
const maxOpenLines = 1024

// parseYAML reads a document of YAML.
func parseYAML(text []byte) (*literal, error) {
	if err := checkNesting(string(text)); err != nil {
		return nil, err
	}
	f, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, err
	}
	y := yamlReader{anchors: map[string]*literal{}}
	var top *literal
	for _, doc := range f.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.DirectiveType {
			continue
		}
		if top != nil {
			return nil, errors.New("more than one document")
		}
		if top, err = y.value(doc.Body, 0); err != nil {
			return nil, err
		}
	}
	if top == nil {
		return &literal{line: 1}, nil
	}
	return top, nil
}

// checkNesting refuses texts that would nest deep, or that take long, before the parser, which calls itself, gets them. It does not know
// quotes and comments, and needs not: no rule has such characters in them.
func checkNesting(text string) error {
	depth, line, open := 0, 0, 0
	for l := range strings.Lines(text) {
		line++
		content, _, _ := strings.Cut(l, "#")
		content = strings.TrimSpace(content)
		if strings.HasSuffix(content, "-") || strings.HasSuffix(content, ":") {
			open++
		}
		switch {
		case open > maxOpenLines:
			return fmt.Errorf("line %d: more than %d lines end in a dash or colon; write items behind their dash", line, maxOpenLines)
		case strings.Contains(content, "!"): // slow, too
			return fmt.Errorf("line %d: rules have no use for tags (!)", line)
		}
		indicators := 0 // that may nest without brackets
		for i := range len(l) {
			switch c := l[i]; c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			case ',':
				indicators = 0
			case '-', '?', ':', '&', '|', '>':
				if i == 0 || i+1 == len(l) || l[i-1] <= ' ' || l[i+1] <= ' ' {
					indicators++
				}
			}
			if depth > maxNesting || indicators > maxNesting {
				return fmt.Errorf("line %d: %w", line, errNesting)
			}
		}
		if indent := len(l) - len(strings.TrimLeft(l, " ")); indent > 16*maxNesting {
			return fmt.Errorf("line %d: %w", line, errNesting)
		}
	}
	return nil
}

// yamlReader makes literals of the nodes of a document.
type yamlReader struct {
	anchors map[string]*literal
}

func (y *yamlReader) value(n ast.Node, depth int) (*literal, error) {
	if depth > maxNesting {
		return nil, errNesting
	}
	l := &literal{line: nodeLine(n)}
	switch n := n.(type) {
	case nil, *ast.NullNode:
	case *ast.StringNode:
		l.kind, l.text = isText, n.Value
	case *ast.LiteralNode:
		l.kind, l.text = isText, n.Value.Value
	case *ast.IntegerNode:
		l.kind, l.text = isNumber, n.Token.Value
	case *ast.FloatNode: // 10.0 is no address either
		return nil, l.errorf("%.40q is not an address", n.Token.Value)
	case *ast.SequenceNode:
		l.kind = isList
		for _, item := range n.Values {
			v, err := y.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			l.list = append(l.list, v)
		}
	case *ast.MappingNode:
		l.kind = isTable
		for _, m := range n.Values {
			if err := y.member(l, m, depth); err != nil {
				return nil, err
			}
		}
	case *ast.MappingValueNode:
		l.kind = isTable
		if err := y.member(l, n, depth); err != nil {
			return nil, err
		}
	case *ast.AnchorNode:
		v, err := y.value(n.Value, depth+1)
		if err != nil {
			return nil, err
		}
		y.anchors[n.Name.String()] = v
		return v, nil
	case *ast.AliasNode:
		v := y.anchors[n.Value.String()]
		if v == nil {
			return nil, l.errorf("there is no anchor %.40q", n.Value.String())
		}
		return v, nil
	default:
		return nil, l.errorf("rules have no use for this: %.40q", n.String())
	}
	return l, nil
}

func (y *yamlReader) member(table *literal, m *ast.MappingValueNode, depth int) error {
	key, err := y.value(m.Key, depth+1)
	if err != nil {
		return err
	}
	value, err := y.value(m.Value, depth+1)
	if err != nil {
		return err
	}
	table.list = append(table.list, key, value)
	return nil
}

func nodeLine(n ast.Node) int {
	if n == nil {
		return 0
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}
