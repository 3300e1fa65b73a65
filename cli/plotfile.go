package cli

import (
	"os"

	"ivre/cli/dayplot"
)

// writePlot draws a plot into a file, which is whole or not there at all.
func writePlot(p *dayplot.Plot, file string) error {
	format, err := dayplot.Format(file)
	if err != nil {
		return err
	}
	tmp := file + ".part"
	f, err := os.Create(tmp)
	if err != nil {
		return err
	}
	err = p.Picture(f, format, "Flows by time of day")
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(tmp)
		return err
	}
	return os.Rename(tmp, file)
}

// noColour tells whether the user wants no colours in any program's output (no-color.org).
func noColour() bool { return os.Getenv("NO_COLOR") != "" }
