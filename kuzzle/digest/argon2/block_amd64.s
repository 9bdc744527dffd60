//go:build !purego

#include "textflag.h"

// Bytes of a word rotated right by 24 and by 16 bits.
DATA right24<>+0(SB)/8, $0x0201000706050403
DATA right24<>+8(SB)/8, $0x0a09080f0e0d0c0b
GLOBL right24<>(SB), RODATA|NOPTR, $16
DATA right16<>+0(SB)/8, $0x0100070605040302
DATA right16<>+8(SB)/8, $0x09080f0e0d0c0b0a
GLOBL right16<>(SB), RODATA|NOPTR, $16

// SUM is a += b + 2·low(a)·low(b), twice at once.
#define SUM(a0, b0, a1, b1) \
	VPMULUDQ b0, a0, Y8;  \
	VPMULUDQ b1, a1, Y9;  \
	VPADDQ   b0, a0, a0;  \
	VPADDQ   b1, a1, a1;  \
	VPADDQ   Y8, Y8, Y8;  \
	VPADDQ   Y9, Y9, Y9;  \
	VPADDQ   Y8, a0, a0;  \
	VPADDQ   Y9, a1, a1

// MIX is GB on eight words of each register at once.
#define MIX(a0, b0, c0, d0, a1, b1, c1, d1) \
	SUM(a0, b0, a1, b1);     \
	VPXOR   a0, d0, d0;      \
	VPXOR   a1, d1, d1;      \
	VPSHUFD $0xb1, d0, d0;   \
	VPSHUFD $0xb1, d1, d1;   \
	SUM(c0, d0, c1, d1);     \
	VPXOR   c0, b0, b0;      \
	VPXOR   c1, b1, b1;      \
	VPSHUFB Y14, b0, b0;     \
	VPSHUFB Y14, b1, b1;     \
	SUM(a0, b0, a1, b1);     \
	VPXOR   a0, d0, d0;      \
	VPXOR   a1, d1, d1;      \
	VPSHUFB Y15, d0, d0;     \
	VPSHUFB Y15, d1, d1;     \
	SUM(c0, d0, c1, d1);     \
	VPXOR   c0, b0, b0;      \
	VPXOR   c1, b1, b1;      \
	VPADDQ  b0, b0, Y8;      \
	VPADDQ  b1, b1, Y9;      \
	VPSRLQ  $63, b0, b0;     \
	VPSRLQ  $63, b1, b1;     \
	VPXOR   Y8, b0, b0;      \
	VPXOR   Y9, b1, b1

// LOAD takes x XOR y at the offset and leaves it at R9 as well.
#define LOAD(offset, to) \
	VMOVDQU offset(SI), to;       \
	VPXOR   offset(DX), to, to

// func compressAVX2(out, x, y *block, over bool)
TEXT ·compressAVX2(SB), 0, $1024-25
	MOVQ out+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DX
	MOVBLZX over+24(FP), BX
	VBROADCASTI128 right24<>(SB), Y14
	VBROADCASTI128 right16<>(SB), Y15

	// Rows, two at a time: four words of a row to a register.
	LEAQ 0(SP), R8
	MOVQ $4, CX

rows:
	LOAD(0, Y0)
	LOAD(32, Y1)
	LOAD(64, Y2)
	LOAD(96, Y3)
	LOAD(128, Y4)
	LOAD(160, Y5)
	LOAD(192, Y6)
	LOAD(224, Y7)
	MIX(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	VPERMQ $0x39, Y1, Y1
	VPERMQ $0x39, Y5, Y5
	VPERMQ $0x4e, Y2, Y2
	VPERMQ $0x4e, Y6, Y6
	VPERMQ $0x93, Y3, Y3
	VPERMQ $0x93, Y7, Y7
	MIX(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	VPERMQ $0x93, Y1, Y1
	VPERMQ $0x93, Y5, Y5
	VPERMQ $0x4e, Y2, Y2
	VPERMQ $0x4e, Y6, Y6
	VPERMQ $0x39, Y3, Y3
	VPERMQ $0x39, Y7, Y7
	VMOVDQU Y0, 0(R8)
	VMOVDQU Y1, 32(R8)
	VMOVDQU Y2, 64(R8)
	VMOVDQU Y3, 96(R8)
	VMOVDQU Y4, 128(R8)
	VMOVDQU Y5, 160(R8)
	VMOVDQU Y6, 192(R8)
	VMOVDQU Y7, 224(R8)
	ADDQ $256, SI
	ADDQ $256, DX
	ADDQ $256, R8
	DECQ CX
	JNZ  rows

	// Columns, two at a time: two words of each of two columns to a register.
	SUBQ $1024, SI
	SUBQ $1024, DX
	SUBQ $1024, R8
	MOVQ $4, CX

columns:
	VMOVDQU 0(R8), Y0
	VMOVDQU 128(R8), Y4
	VMOVDQU 256(R8), Y1
	VMOVDQU 384(R8), Y5
	VMOVDQU 512(R8), Y2
	VMOVDQU 640(R8), Y6
	VMOVDQU 768(R8), Y3
	VMOVDQU 896(R8), Y7
	MIX(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)

	// The words of a row move on by one for b, two for c, three for d.
	VPALIGNR $8, Y1, Y5, Y10
	VPALIGNR $8, Y5, Y1, Y5
	VMOVDQA  Y10, Y1
	VPALIGNR $8, Y7, Y3, Y10
	VPALIGNR $8, Y3, Y7, Y7
	VMOVDQA  Y10, Y3
	MIX(Y0, Y1, Y6, Y3, Y4, Y5, Y2, Y7)
	VPALIGNR $8, Y5, Y1, Y10
	VPALIGNR $8, Y1, Y5, Y5
	VMOVDQA  Y10, Y1
	VPALIGNR $8, Y3, Y7, Y10
	VPALIGNR $8, Y7, Y3, Y7
	VMOVDQA  Y10, Y3

#define STORE(offset, from) \
	VPXOR   offset(SI), from, from; \
	VPXOR   offset(DX), from, from; \
	VMOVDQU from, offset(DI)

	TESTL BX, BX
	JZ    store
	VPXOR 0(DI), Y0, Y0
	VPXOR 128(DI), Y4, Y4
	VPXOR 256(DI), Y1, Y1
	VPXOR 384(DI), Y5, Y5
	VPXOR 512(DI), Y2, Y2
	VPXOR 640(DI), Y6, Y6
	VPXOR 768(DI), Y3, Y3
	VPXOR 896(DI), Y7, Y7

store:
	STORE(0, Y0)
	STORE(128, Y4)
	STORE(256, Y1)
	STORE(384, Y5)
	STORE(512, Y2)
	STORE(640, Y6)
	STORE(768, Y3)
	STORE(896, Y7)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	ADDQ $32, R8
	DECQ CX
	JNZ  columns
	VZEROUPPER
	RET
