package engine

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"text/template"
)

// User is the name of the engine's only user that may read or write anything.
const User = "ivre"

// The session of the engine itself runs as "default" without a password (the library has no other way):
// that user may only open the listeners, and its single session is taken by the engine for its whole
// life, so that nobody can log in as it.
var usersXML = template.Must(template.New("users").Parse(`<clickhouse>
  <profiles>
    <default/>
    <engine><max_sessions_for_user>1</max_sessions_for_user></engine>
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>engine</profile><quota>default</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants>
    </default>
    <{{.User}}>
      <password_sha256_hex>{{.PasswordHash}}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>default</profile><quota>default</quota>
      <access_management>1</access_management>
    </{{.User}}>
  </users>
</clickhouse>
`))

var configXML = template.Must(template.New("config").Parse(`<clickhouse>
  <listen_host>127.0.0.1</listen_host>
  <tcp_port>0</tcp_port>
  <http_port>0</http_port>
  <users_config>{{.UsersFile}}</users_config>
  <max_server_memory_usage>{{.MaxMemory}}</max_server_memory_usage>
  <mark_cache_size>{{.MarkCache}}</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <shutdown_wait_unfinished>1</shutdown_wait_unfinished>
  <max_concurrent_queries>200</max_concurrent_queries>
  <background_pool_size>{{.Merges}}</background_pool_size>
  <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
  <merge_tree>
    <fsync_after_insert>1</fsync_after_insert>
    <fsync_part_directory>1</fsync_part_directory>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
{{.Extra}}</clickhouse>
`))

// writeConfig writes the engine's configuration files into the run folder; their content depends on
// the machine (memory, cores) and on the password only.
func (d dirs) writeConfig(password string, maxMemory uint64, extra string) error {
	hash := sha256.Sum256([]byte(password))
	mem := maxMemory
	if mem == 0 {
		mem = machineMemory() * 6 / 10
	}
	var users, conf bytes.Buffer
	if err := usersXML.Execute(&users, map[string]any{"User": User, "PasswordHash": hex.EncodeToString(hash[:])}); err != nil {
		return err
	}
	// Half of the cores merge parts in the background, the others load and answer.
	err := configXML.Execute(&conf, map[string]any{
		"UsersFile": d.usersFile(), "MaxMemory": mem, "MarkCache": mem / 16,
		"Merges": max(1, runtime.NumCPU()/2), "Extra": extra,
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.usersFile(), users.Bytes(), 0o600); err != nil {
		return err
	}
	return os.WriteFile(d.configFile(), conf.Bytes(), 0o600)
}

// machineMemory is the memory that this process may use, in bytes: that of its control group if it is
// limited, else the machine's.
func machineMemory() uint64 {
	total := uint64(4 << 30)
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kb uint64
		if _, err := fmt.Sscanf(string(b), "MemTotal: %d kB", &kb); err == nil {
			total = kb << 10
		}
	}
	for _, f := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		b, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64); err == nil && n < total {
			total = n
		}
	}
	return total
}

// dirs names the files of one data folder.
//
//	DIR/clickhouse/   the engine's own data
//	DIR/run/          configuration, password (0600), endpoint, locks, the engine's log
type dirs struct{ root string }

func (d dirs) data() string         { return filepath.Join(d.root, "clickhouse") }
func (d dirs) run() string          { return filepath.Join(d.root, "run") }
func (d dirs) in(n string) string   { return filepath.Join(d.run(), n) }
func (d dirs) passwordFile() string { return d.in("password") }
func (d dirs) usersFile() string    { return d.in("users.xml") }
func (d dirs) configFile() string   { return d.in("config.xml") }
func (d dirs) endpointFile() string { return d.in("endpoint.json") }
func (d dirs) portsFile() string    { return d.in("ports") }
func (d dirs) startLock() string    { return d.in("start.lock") }
func (d dirs) clientsLock() string  { return d.in("clients.lock") }
func (d dirs) uncleanFile() string  { return d.in("unclean") }
func (d dirs) logFile() string      { return d.in("engine.log") }

// create makes the folders, closed to other users.
func (d dirs) create() error {
	for _, p := range []string{d.root, d.run(), d.data()} {
		if err := os.MkdirAll(p, 0o700); err != nil {
			return fmt.Errorf("creating the data folder: %w", err)
		}
	}
	// A folder that existed before may be open to others; the password inside must not be reachable.
	return os.Chmod(d.run(), 0o700)
}

// clearCutDefinitions takes definitions of tables and databases away that a full disk has cut: they end before the newline
// that ends all of them, and the engine would not start because of them. Such a table never came to be. Those that are not
// empty are kept in the folder run.
func (d dirs) clearCutDefinitions() error {
	var files []string
	for _, pattern := range []string{"store/*/*/*.sql", "metadata/*.sql"} {
		found, err := filepath.Glob(filepath.Join(d.data(), pattern))
		if err != nil {
			return err
		}
		files = append(files, found...)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		switch {
		case err != nil:
			return err
		case len(b) == 0:
			err = os.Remove(path)
		case b[len(b)-1] != '\n':
			err = os.Rename(path, d.in("cut-"+filepath.Base(filepath.Dir(path))+"-"+filepath.Base(path)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leastFree is the room on a disk, in bytes, below which it is taken for full.
const leastFree = 4 << 20

// free is the room that is left on the disk, in bytes.
func (d dirs) free() (uint64, bool) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(d.root, &st); err != nil {
		return 0, false
	}
	return st.Bavail * uint64(st.Bsize), true
}

// password returns the engine's password, making a new random one on first use.
func (d dirs) password() (string, error) {
	b, err := os.ReadFile(d.passwordFile())
	if err == nil && len(bytes.TrimSpace(b)) >= 32 {
		return string(bytes.TrimSpace(b)), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	secret := make([]byte, 24)
	if _, err := rand.Read(secret); err != nil {
		return "", err
	}
	text := hex.EncodeToString(secret)
	return text, os.WriteFile(d.passwordFile(), []byte(text+"\n"), 0o600)
}
