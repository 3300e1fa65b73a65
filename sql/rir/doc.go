// Package rir answers questions about objects of the regional internet registries: ranges of addresses and autonomous
// systems.
package rir
