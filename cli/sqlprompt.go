package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/peterh/liner"

	"ivre/cli/sqltext"
	"ivre/sql/store"
)

const promptHelp = `Statements end with ; (or \G: one value a line). SHOW TABLES lists the tables, DESCRIBE NAME explains one.
Tab completes names, Ctrl-R searches the history, Ctrl-C cancels a statement, exit or Ctrl-D ends.
`

// prompt reads statements from a person until the end of input. Errors of statements are shown and do
// not end it.
func (c *sqlCommand) prompt(e *env, format string) error {
	s, err := e.openStore(context.Background(), true)
	if err != nil {
		return err
	}
	defer s.Close()
	p := &sqlPrompt{env: e, session: newSQLSession(s, format, c.Write), line: liner.NewLiner()}
	defer p.session.close()
	defer p.line.Close()
	defer p.restoreOnSignal()()
	p.line.SetCtrlCAborts(true)
	p.line.SetMultiLineMode(true)
	p.line.SetTabCompletionStyle(liner.TabPrints)
	p.line.SetWordCompleter(completeWords(sync.OnceValue(func() []string { return sqlWords(s) })))
	file := e.historyFile()
	p.readHistory(file)
	mode := "read-only; --write allows changes"
	if c.Write {
		mode = "changes are allowed"
	}
	fmt.Fprintf(e.stdout, "Database %s (%s). Statements end with ;  help shows more.\n", s.Database(), mode)
	err = p.loop()
	p.writeHistory(file)
	return err
}

type sqlPrompt struct {
	env     *env
	session *sqlSession
	line    *liner.State
	cut     sqltext.Splitter
}

func (p *sqlPrompt) loop() error {
	for {
		text, err := p.line.Prompt(p.mark())
		switch {
		case errors.Is(err, liner.ErrPromptAborted):
			p.cut.Reset()
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(p.env.stdout)
			return nil
		case err != nil:
			return fmt.Errorf("reading from the terminal: %w", err)
		}
		if !p.cut.Open() {
			switch strings.TrimRight(strings.TrimSpace(strings.ToLower(text)), "; ") {
			case "exit", "quit", `\q`:
				return nil
			case "help", "?", `\?`:
				fmt.Fprint(p.env.stdout, promptHelp)
				continue
			}
		}
		for _, st := range p.cut.Feed(text + "\n") {
			p.remember(st)
			p.run(st)
		}
	}
}

// mark is the prompt: after the first line of a statement it shows which quote or comment is open.
func (p *sqlPrompt) mark() string {
	if !p.cut.Open() {
		return "ivre> "
	}
	if within := p.cut.Within(); within != "" {
		return fmt.Sprintf("%4s> ", within)
	}
	return "   -> "
}

// run runs one statement; Ctrl-C cancels it and nothing else.
func (p *sqlPrompt) run(st sqltext.Statement) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	start := time.Now()
	err := p.session.run(ctx, st, strings.NewReader(st.Text), p.env.stdout)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(p.env.stdout, "\nCancelled.")
	case err != nil:
		fmt.Fprintf(p.env.stderr, "%v\n", err)
	default:
		fmt.Fprintf(p.env.stdout, "\n%.3f s\n", time.Since(start).Seconds())
	}
}

// restoreOnSignal gives the terminal its usual mode back when a signal ends the program.
func (p *sqlPrompt) restoreOnSignal() (stop func()) {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		s, ok := <-ch
		if !ok {
			return
		}
		signal.Stop(ch)
		p.line.Close()
		syscall.Kill(os.Getpid(), s.(syscall.Signal))
	}()
	return func() { signal.Stop(ch); close(ch) }
}

func (p *sqlPrompt) remember(st sqltext.Statement) {
	end := ";"
	if st.Vertical {
		end = `\G`
	}
	if line := sqltext.OneLine(st.Text); line != "" {
		p.line.AppendHistory(line + end)
	}
}

func (p *sqlPrompt) readHistory(file string) {
	if file == "" {
		return
	}
	f, err := os.Open(file)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			p.env.log.Warn("the history can't be read", "error", err)
		}
		return
	}
	defer f.Close()
	if _, err := p.line.ReadHistory(f); err != nil {
		p.env.log.Warn("the history can't be read", "file", file, "error", err)
	}
}

// writeHistory replaces the history's file, which only the user may read: statements may hold secrets.
func (p *sqlPrompt) writeHistory(file string) {
	if file == "" {
		return
	}
	err := func() error {
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		f, err := os.CreateTemp(filepath.Dir(file), ".sql_history-*") // mode 0600
		if err != nil {
			return err
		}
		defer os.Remove(f.Name())
		if _, err := p.line.WriteHistory(f); err != nil {
			f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		return os.Rename(f.Name(), file)
	}()
	if err != nil {
		p.env.log.Warn("the history can't be kept", "error", err)
	}
}

// sqlWords are the names and words that Tab completes; none if the server does not say.
func sqlWords(s *store.Store) []string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	rows, err := s.Query(ctx, store.Statement{SQL: "SELECT DISTINCT word FROM (" +
		"SELECT name AS word FROM system.tables WHERE database = currentDatabase() UNION ALL " +
		"SELECT name AS word FROM system.columns WHERE database = currentDatabase() UNION ALL " +
		"SELECT name AS word FROM system.functions UNION ALL " +
		"SELECT keyword AS word FROM system.keywords WHERE position(keyword, ' ') = 0)"})
	if err != nil {
		return nil
	}
	defer rows.Close()
	var words []string
	for rows.Next() {
		var w string
		if rows.Scan(&w) != nil {
			return nil
		}
		words = append(words, w)
	}
	sort.Slice(words, func(i, j int) bool { return strings.ToLower(words[i]) < strings.ToLower(words[j]) })
	return words
}

// completeWords completes the word before the cursor. Capitals do not matter, unless words that start
// exactly as typed exist.
func completeWords(words func() []string) liner.WordCompleter {
	return func(line string, pos int) (head string, completions []string, tail string) {
		r := []rune(line)
		pos = min(pos, len(r))
		start := pos
		for start > 0 && isWordRune(r[start-1]) {
			start--
		}
		head, tail = string(r[:start]), string(r[pos:])
		typed := string(r[start:pos])
		if typed == "" {
			return head, nil, tail
		}
		var like []string
		for _, w := range words() {
			switch {
			case strings.HasPrefix(w, typed):
				completions = append(completions, w)
			case len(w) >= len(typed) && strings.EqualFold(w[:len(typed)], typed):
				like = append(like, w)
			}
		}
		if completions == nil {
			completions = like
		}
		return head, completions, tail
	}
}

func isWordRune(r rune) bool {
	return r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
