// Package hostjson reads host records in the JSON form in which the command line exports them, one record per line,
// also those of older schema versions: they are brought to the current version step by step, in the order of
// the versions (see Options for what that needs from elsewhere).
//
// The package neither knows how records are stored nor how scripts' results are made from texts; automatic tags
// are the view's business.
package hostjson
