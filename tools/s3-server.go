// An S3 server for the tests: what the module github.com/versity/versitygw has as a library, with none of its other
// back ends, so that it is compiled in half the time (scripts/setup does that). Each folder of FOLDER/buckets is a
// bucket; FOLDER/metadata and FOLDER/accounts have to be there too.
//
//	ROOT_ACCESS_KEY=KEY ROOT_SECRET_KEY=SECRET s3-server ADDRESS FOLDER
package main

import (
	"context"
	"log"
	"os"
	"path/filepath"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: s3-server ADDRESS FOLDER")
	}
	folder := os.Args[2]
	store, err := meta.NewSideCar(filepath.Join(folder, "metadata"))
	if err != nil {
		log.Fatal(err)
	}
	buckets, err := posix.New(filepath.Join(folder, "buckets"), store, posix.PosixOpts{CopyObjectThreshold: 5 << 30})
	if err != nil {
		log.Fatal(err)
	}
	config := &embedgw.Config{
		RootUserAccess:    os.Getenv("ROOT_ACCESS_KEY"),
		RootUserSecret:    os.Getenv("ROOT_SECRET_KEY"),
		IAMDir:            filepath.Join(folder, "accounts"), // without, an unknown key is a 404
		IAMCacheDisable:   true,                              // it would be swept without a pause, at the cost of a core
		Ports:             []string{os.Args[1]},
		MaxConnections:    10000,
		MaxRequests:       10000,
		MultipartMaxParts: 10000,
		KeepAlive:         true,
		Quiet:             true,
	}
	log.Fatal(embedgw.RunVersityGW(context.Background(), buckets, config))
}
