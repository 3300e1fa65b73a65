package measure

import (
	"context"
	"flag"
	"log"
)

// Main is the main function of a benchmark: it reads the flags, of which one is the size of what is measured (its name,
// default and description are given), and calls run with a fresh database.
func Main(name, size string, usual int, usage string, run func(db *Database, out string, size, rounds int) error) {
	var ivre, out string
	var n, rounds int
	flag.StringVar(&ivre, "ivre", "./ivre", "the program to measure")
	flag.StringVar(&out, "out", "bench/out", "folder for generated files and the database")
	flag.IntVar(&n, size, usual, usage)
	flag.IntVar(&rounds, "rounds", 7, "repetitions of each question; medians are printed")
	flag.Parse()
	log.SetFlags(0)
	db, err := Fresh(context.Background(), ivre, out, name)
	if err == nil {
		err = run(db, out, n, rounds)
		db.Close()
	}
	if err != nil {
		log.Fatal("bench: ", err)
	}
}
