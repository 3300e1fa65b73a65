// Package flowbody reads the body of POST /flows: a JSON object with a list of flow records. It works
// on a stream, holds one record at a time, and calls a sink for each. It knows neither HTTP nor the
// database; whoever needs "all or nothing" reads the body twice, the first time into a sink that does
// nothing.
//
//	{"records": [{"kind": "flow", "rec": {...}}, {"kind": "any", "name": "http", "rec": {...}}]}
package flowbody
