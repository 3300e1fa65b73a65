package config

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// yamlAssignments reads a YAML file: one mapping of names to values. Names are returned in upper case.
// An error that can be located is a *syntaxError.
func yamlAssignments(src []byte) (found []assignment, err error) {
	defer func() {
		// The library has panicked on malformed files before.
		if r := recover(); r != nil {
			found, err = nil, &syntaxError{1, fmt.Sprintf("this is not YAML: %v", r)}
		}
	}()
	file, err := parser.ParseBytes(src, 0)
	if err != nil {
		return nil, yamlError(err)
	}
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if i > 0 && len(found) > 0 {
			return nil, &syntaxError{lineOf(doc.Body), "a second document starts here; only one is read"}
		}
		pairs, ok := mapping(doc.Body)
		if !ok {
			if _, empty := doc.Body.(*ast.NullNode); empty {
				continue
			}
			if _, empty := doc.Body.(*ast.CommentGroupNode); empty {
				continue
			}
			return nil, &syntaxError{lineOf(doc.Body), "the file must be a mapping, with lines like \"flow_time: true\""}
		}
		for _, pair := range pairs {
			v, err := yamlValue(pair.Value, 0)
			if err != nil {
				return nil, err
			}
			key, err := yamlValue(pair.Key, 0)
			if err != nil {
				return nil, err
			}
			name, ok := key.(string)
			if !ok {
				return nil, &syntaxError{lineOf(pair.Key), "the name of a setting must be a text, not " + show(key)}
			}
			found = append(found, assignment{lineOf(pair.Key), strings.ToUpper(name), v})
		}
	}
	return found, nil
}

// yamlError keeps of the library's error the line and the message, without the excerpt of the file.
func yamlError(err error) error {
	var located yaml.Error
	if errors.As(err, &located) {
		line := 1
		if t := located.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
		return &syntaxError{line, "this is not YAML: " + located.GetMessage()}
	}
	return &syntaxError{1, "this is not YAML: " + err.Error()}
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 1
}

// mapping returns the pairs of a mapping.
func mapping(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// yamlValue returns the value of a node. References to other nodes (aliases, merge keys) are refused, so
// that a small file can't stand for a large value.
func yamlValue(n ast.Node, depth int) (any, error) {
	if depth > maxDepth {
		return nil, &syntaxError{lineOf(n), "the values are nested too deep"}
	}
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil, nil
	case *ast.BoolNode:
		return n.Value, nil
	case *ast.IntegerNode:
		switch v := n.Value.(type) {
		case int64:
			return v, nil
		case uint64:
			if v <= math.MaxInt64 {
				return int64(v), nil
			}
		}
		return nil, &syntaxError{lineOf(n), "the number is too large"}
	case *ast.FloatNode:
		return n.Value, nil
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case *ast.MappingKeyNode:
		return yamlValue(n.Value, depth+1)
	case *ast.SequenceNode:
		list := make([]any, 0, len(n.Values))
		for _, e := range n.Values {
			v, err := yamlValue(e, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case *ast.MappingNode, *ast.MappingValueNode:
		return yamlDict(n, depth)
	}
	return nil, &syntaxError{lineOf(n), fmt.Sprintf("%s is not understood here, only plain values, lists and mappings", n.Type())}
}

func yamlDict(n ast.Node, depth int) (any, error) {
	pairs, _ := mapping(n)
	d := make(dict, 0, len(pairs))
	for _, pair := range pairs {
		key, err := yamlValue(pair.Key, depth+1)
		if err != nil {
			return nil, err
		}
		v, err := yamlValue(pair.Value, depth+1)
		if err != nil {
			return nil, err
		}
		d = append(d, entry{key, v})
	}
	return d, nil
}
