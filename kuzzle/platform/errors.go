package platform

import (
	"errors"
	"slices"
	"syscall"
)

// Refused reports whether nobody listens at the address of a dial.
func Refused(err error) bool { return isOne(err, refused) }

// AddressInUse reports whether another program listens at an address.
func AddressInUse(err error) bool { return isOne(err, addressInUse) }

// Scarce reports whether the system lacks descriptors or memory, which others will give back.
func Scarce(err error) bool { return isOne(err, scarce) }

// NoSocketsInFolders reports whether the system has no sockets that are names in a folder.
func NoSocketsInFolders(err error) bool { return isOne(err, noFamily) }

func isOne(err error, of []syscall.Errno) bool {
	return slices.ContainsFunc(of, func(number syscall.Errno) bool { return errors.Is(err, number) })
}
