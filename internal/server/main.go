package server

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/sethvargo/go-envconfig"
)

// Command is a further thing that a program does, named by its one argument: `order migrate`. It gets the service's
// configuration and no listener.
type Command[C any] struct {
	Name string
	Run  func(ctx context.Context, cfg C) error
}

// Main is a program's main function: it reads the configuration, prepares the process and runs the service until it
// fails or SIGTERM ends ctx, when Serve has drained it. The exit code is 1 after an error and 2 after a wrong argument.
func Main[C any](name string, run func(ctx context.Context, s *Server, cfg C) error, commands ...Command[C]) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	switch command, known := choose(os.Args[1:], commands); {
	case !known:
		fmt.Fprintf(os.Stderr, "usage: %s without an argument, to serve%s\n", name, further(commands))
		os.Exit(2)
	case command != nil:
		err = runCommand(ctx, name, command)
	default:
		err = runServer(ctx, name, run)
	}
	stop()
	if err != nil {
		newLogger(os.Stdout, name, Config{}).Error("the process ends", "error", err)
		os.Exit(1)
	}
}

func runServer[C any](ctx context.Context, name string, run func(context.Context, *Server, C) error) error {
	var cfg C
	if err := Load(ctx, envconfig.OsLookuper(), &cfg); err != nil {
		return err
	}
	s, err := New(ctx, name, *shared(&cfg))
	if err != nil {
		return err
	}
	defer s.Close()
	slog.SetDefault(s.log)
	return run(ctx, s, cfg)
}

func runCommand[C any](ctx context.Context, name string, command *Command[C]) error {
	var cfg C
	if err := Load(ctx, envconfig.OsLookuper(), &cfg); err != nil {
		return err
	}
	slog.SetDefault(newLogger(os.Stdout, name, *shared(&cfg)))
	if err := command.Run(ctx, cfg); err != nil {
		return fmt.Errorf("%s: %w", command.Name, err)
	}
	return nil
}

// shared is the Config inside a service's, which Load has found there.
func shared(cfg any) *Config { return cfg.(interface{ base() *Config }).base() }

// choose answers the command that the arguments name, nil for none, and whether they make sense.
func choose[C any](args []string, commands []Command[C]) (*Command[C], bool) {
	if len(args) == 0 {
		return nil, true
	}
	for i := range commands {
		if len(args) == 1 && commands[i].Name == args[0] {
			return &commands[i], true
		}
	}
	return nil, false
}

// further lists the commands for the usage line: ", or with one of: migrate".
func further[C any](commands []Command[C]) string {
	if len(commands) == 0 {
		return ""
	}
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	return ", or with one of: " + strings.Join(names, ", ")
}
