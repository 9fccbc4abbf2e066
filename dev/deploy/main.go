// Deploy ships programs and takes them back. scripts/deploy runs it; so does Cloud Build.
//
// A release applies schemas first, then walks program by program, those that are called before those that call and the
// gateway last, through the same steps: a revision without traffic, the smoke story on it, then 5, 25 and 100 % of the
// traffic. Each step is held until the figures are in; what breaks a promise goes back at once, and says why.
//
//	canary.go    the steps                      promises.go  what a revision is held to
//	smoke.go     the smoke story                programs.go  what is shipped, in which order, and what has changed
//	cloudrun.go  the steps on Cloud Run         rehearse.go  the steps on this machine, behind an Envoy (front.go)
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line; scripts/deploy explains it to people.
type commands struct {
	DryRun bool `help:"Say what would be done, and do nothing."`

	Changed  changedCommand  `cmd:"" help:"Programs whose image is not in the registry, one a line."`
	Image    imageCommand    `cmd:"" help:"The image of a program, as these sources make it."`
	Release  releaseCommand  `cmd:"" help:"Schemas, then program by program: no traffic, smoke, 5 %, 25 %, 100 %."`
	Promote  promoteCommand  `cmd:"" help:"Give the newest revision so much of the traffic, once it is verified."`
	Rollback rollbackCommand `cmd:"" help:"Give all traffic to an earlier revision."`
	Status   statusCommand   `cmd:"" help:"Which revision of each program has how much of the traffic."`
	Verify   verifyCommand   `cmd:"" help:"The smoke story, error rate and latency of what serves."`
	Smoke    smokeCommand    `cmd:"" help:"The smoke story of one program at one address; the job verify runs this."`
	Rehearse rehearseCommand `cmd:"" help:"A good and some bad revisions through the same steps, on this machine."`
	Destroys destroysCommand `cmd:"" help:"What a plan of Terraform, as JSON on standard input, would destroy."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var cli commands
	run := kong.Parse(&cli, kong.Name("deploy"), kong.BindTo(ctx, (*context.Context)(nil)))
	err := run.Run(ctx, &cli)
	stop()
	var wentBack *takenBack
	switch {
	case errors.As(err, &wentBack):
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(3)
	case err != nil:
		fmt.Fprintln(os.Stderr, "deploy:", err)
		if strings.Contains(err.Error(), "could not find default credentials") {
			fmt.Fprintln(os.Stderr, "Log in: gcloud auth application-default login")
		}
		os.Exit(1)
	}
}
