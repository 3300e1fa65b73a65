package cli

// helpCommand shows the help of a command: 'ivre help db check' is 'ivre db check --help'.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"Command to explain."`
}

func (c *helpCommand) Run(e *env) error {
	_, err := e.parser.Parse(append(c.Command, "--help"))
	return usage(err)
}
