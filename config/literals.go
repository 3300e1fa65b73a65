package config

// Literals returns the plain values that a file of Python statements assigns to names, the last one of each: texts
// (string), whole numbers (int64), other numbers (float64), truth values, lists ([]any) and mappings (map[string]any;
// keys that are no texts are left out). Other statements have no effect.
func Literals(src string) (map[string]any, error) {
	found, _, err := statements(src)
	if err != nil {
		return nil, err
	}
	out := make(map[string]any, len(found))
	for _, a := range found {
		out[a.name] = plainMaps(a.value)
	}
	return out, nil
}

// plainMaps turns the mappings in a value into maps.
func plainMaps(v any) any {
	switch v := v.(type) {
	case dict:
		m := make(map[string]any, len(v))
		for _, e := range v {
			if k, ok := e.key.(string); ok {
				m[k] = plainMaps(e.value)
			}
		}
		return m
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = plainMaps(item)
		}
		return out
	}
	return v
}
