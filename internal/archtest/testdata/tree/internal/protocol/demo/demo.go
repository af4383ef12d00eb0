package demo

import (
	"bellwether/internal/platform/clock" // want "a codec is bytes to structs and back"
	"bellwether/internal/platform/limit"
	"net" // want "the codec internal/protocol/demo may not import net"
)

func decode() {
	go decode() // want "a goroutine in the codec"
}
