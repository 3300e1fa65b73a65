package engine

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile is an advisory lock (flock(2)): the kernel drops it when its process ends in any way.
type lockFile struct{ f *os.File }

func openLock(path string) (*lockFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &lockFile{f}, nil
}

func (l *lockFile) lock(how int) error {
	for {
		err := unix.Flock(int(l.f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// shared waits for and takes a lock that any number of processes may hold together.
func (l *lockFile) shared() error { return l.lock(unix.LOCK_SH) }

// exclusive waits until no other process holds the lock.
func (l *lockFile) exclusive() error { return l.lock(unix.LOCK_EX) }

func (l *lockFile) close() error { return l.f.Close() }

// withExclusive runs do while no other process holds the lock at path.
func withExclusive(path string, do func() error) error {
	l, err := openLock(path)
	if err != nil {
		return err
	}
	defer l.close()
	if err := l.exclusive(); err != nil {
		return fmt.Errorf("locking %s: %w", path, err)
	}
	return do()
}
