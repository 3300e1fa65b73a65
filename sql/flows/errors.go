package flows

import (
	"errors"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"ivre/sql/flowfilter"
	"ivre/sql/tree"
)

// ErrNotFound is returned for flows that do not exist.
var ErrNotFound = errors.New("entity not found")

// InputError is a request that cannot be answered because of what the user wrote.
type InputError struct{ Msg string }

func (e *InputError) Error() string { return e.Msg }

// IsInputError tells whether an error is the user's doing: an InputError, or an error of the filters.
func IsInputError(err error) bool {
	var input *InputError
	var filter *flowfilter.Error
	return errors.As(err, &input) || errors.As(err, &filter)
}

// ClickHouse's error codes that a user's filter can cause.
const (
	codeBadArguments = 36  // BAD_ARGUMENTS: among others, a dictionary that does not exist
	codeRegexp       = 427 // CANNOT_COMPILE_REGEXP: valid, but too large when compiled
)

// explain turns errors of the server that are the user's doing, and errors of the compiler, into
// InputErrors.
func explain(err error) error {
	var ex *clickhouse.Exception
	if errors.As(err, &ex) && ex.Code == codeRegexp {
		return &InputError{"a regular expression is too large: " + ex.Message}
	}
	var field *tree.FieldError
	if errors.As(err, &ex) && ex.Code == codeBadArguments && strings.HasPrefix(ex.Message, "Dictionary (") {
		return &InputError{"countries and autonomous systems are not in the database yet: run 'ivre ipdata --to-sql'"}
	}
	if errors.As(err, &field) {
		return &InputError{flowfilter.NoField(field.Field)}
	}
	return err
}
