package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"ivre/cli/sqltext"
	"ivre/sql/store"
)

type sqlCommand struct {
	Format    string `short:"f" placeholder:"NAME" help:"One of ClickHouse's output formats: PrettyCompact (default on a terminal), TabSeparated (default in a pipe), CSVWithNames, JSONEachRow, Parquet, ... A FORMAT clause overrides it."`
	Write     bool   `short:"w" help:"Allow statements that change data, settings or tables."`
	Statement string `arg:"" optional:"" help:"SQL to run; several statements are separated by semicolons. Without it, statements are read from standard input, on a terminal at a prompt."`
}

func (sqlCommand) Help() string {
	return `Tables: flows (who talks to whom), flow_metadata (what protocol logs say), flow_slots (when), flow_events and flow_metadata_events (as recorded). 'DESCRIBE flows' explains the columns. Rows of one flow merge in the background: read flows with FINAL, or group by src, dst, proto, dport, type.

At the prompt, statements end with a semicolon (or \G for one value a line), Tab completes names, Ctrl-R searches the history, Ctrl-C cancels the statement, Ctrl-D ends.

Examples:

  ivre sql 'SELECT dport, sum(scbytes) AS bytes FROM flows GROUP BY dport ORDER BY bytes DESC LIMIT 10'
  ivre sql -f CSVWithNames 'SELECT * FROM flow_slots' > slots.csv
  ivre sql -f Parquet 'SELECT * FROM flows FINAL' > flows.parquet
  ivre sql < report.sql
  zcat more.csv.gz | ivre sql --write 'INSERT INTO notes FORMAT CSV'`
}

// maxStatement bounds the memory that a statement on standard input may take, in bytes.
const maxStatement = 64 << 20

func (c *sqlCommand) Run(e *env) error {
	_, typed := terminal(e.stdin)
	_, shown := terminal(e.stdout)
	format := c.Format
	switch {
	case format != "":
	case shown:
		format = "PrettyCompact"
	default:
		format = "TabSeparated"
	}
	if c.Statement == "" && typed && shown {
		return c.prompt(e, format)
	}
	return e.withStore(true, func(ctx context.Context, s *store.Store) error {
		session := newSQLSession(s, format, c.Write)
		defer session.close()
		if c.Statement == "" {
			return session.runAll(ctx, e.stdin, e.stdout)
		}
		var data io.Reader
		if !typed {
			data = e.stdin
		}
		return session.runText(ctx, c.Statement, data, e.stdout)
	})
}

// runText runs the statements of a text in turn, up to the first error. Data follow the last one if it
// waits for them.
func (s *sqlSession) runText(ctx context.Context, text string, data io.Reader, out io.Writer) error {
	var cut sqltext.Splitter
	list := cut.Feed(text)
	if last, ok := cut.Rest(); ok {
		list = append(list, last)
	}
	if len(list) == 0 {
		return errors.New("there is no statement in this text")
	}
	for i, st := range list {
		body := io.Reader(strings.NewReader(st.Text))
		if i == len(list)-1 && data != nil && sqltext.AwaitsData(st.Text) {
			body = io.MultiReader(body, strings.NewReader("\n"), data)
		}
		if err := s.run(ctx, st, body, out); err != nil {
			return err
		}
	}
	return nil
}

// runAll runs the statements of a stream as they come, up to the first error.
func (s *sqlSession) runAll(ctx context.Context, in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, 64<<10)
	var cut sqltext.Splitter
	for {
		line, err := readLine(r, maxStatement-cut.Len())
		if err != nil && err != io.EOF {
			return fmt.Errorf("reading statements: %w", err)
		}
		for _, st := range cut.Feed(line) {
			if err := s.run(ctx, st, strings.NewReader(st.Text), out); err != nil {
				return err
			}
		}
		if err == nil && cut.AwaitsData() {
			st := sqltext.Statement{Text: cut.Pending()}
			return s.run(ctx, st, io.MultiReader(strings.NewReader(st.Text), r), out)
		}
		if err == io.EOF {
			break
		}
	}
	st, ok := cut.Rest()
	if !ok {
		return nil
	}
	return s.run(ctx, st, strings.NewReader(st.Text), out)
}

// readLine reads a line with its end, of at most limit bytes; at the end of the stream the error is
// io.EOF and the line may be without an end.
func readLine(r *bufio.Reader, limit int) (string, error) {
	var b []byte
	for {
		piece, err := r.ReadSlice('\n')
		if len(b)+len(piece) > limit {
			return "", fmt.Errorf("a statement is longer than %d MB; send large data behind an INSERT ... FORMAT clause", maxStatement>>20)
		}
		b = append(b, piece...)
		if err != bufio.ErrBufferFull {
			return string(b), err
		}
	}
}

// historyFile keeps what was typed at the prompt.
func (e *env) historyFile() string {
	c, err := e.config()
	if err != nil || c.DataDir == "" {
		return ""
	}
	return filepath.Join(c.DataDir, "sql_history")
}
