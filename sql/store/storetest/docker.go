//go:build docker

package storetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// image is the official server of the same release as the embedded engine.
const image = "clickhouse/clickhouse-server:26.7"

// startServer runs the tests against the official image. Where no Docker engine answers it says so and
// ends the run: there is nothing else to test with this build tag.
func startServer() (address string, stop func()) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if p, err := testcontainers.NewDockerProvider(); err != nil || p.Health(ctx) != nil {
		fmt.Println("SKIPPED: no Docker engine answers, so nothing was tested against the official image")
		os.Exit(0)
	}
	const user, password = "ivre", "ivre-test"
	const native = "9000/tcp"
	c, err := testcontainers.Run(ctx, image,
		testcontainers.WithExposedPorts(native, "8123/tcp"),
		testcontainers.WithEnv(map[string]string{"CLICKHOUSE_USER": user, "CLICKHOUSE_PASSWORD": password, "CLICKHOUSE_DB": "ivre"}),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/ping").WithPort("8123/tcp").WithStartupTimeout(2*time.Minute)))
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting", image+":", err)
		os.Exit(1)
	}
	host, err := c.PortEndpoint(ctx, native, "")
	if err != nil {
		fmt.Fprintln(os.Stderr, "asking for the server's address:", err)
		os.Exit(1)
	}
	u := url.URL{Scheme: "clickhouse", User: url.UserPassword(user, password), Host: host, Path: "/ivre"}
	return u.String(), func() {
		if err := testcontainers.TerminateContainer(c); err != nil {
			fmt.Fprintln(os.Stderr, "stopping the server:", err)
		}
	}
}
