//go:build !purego

#include "textflag.h"

// SUM is a += b + 2·low(a)·low(b), twice at once.
#define SUM(a0, b0, a1, b1) \
	VPMULUDQ b0, a0, Z16; \
	VPMULUDQ b1, a1, Z17; \
	VPADDQ   b0, a0, a0;  \
	VPADDQ   b1, a1, a1;  \
	VPADDQ   Z16, Z16, Z16; \
	VPADDQ   Z17, Z17, Z17; \
	VPADDQ   Z16, a0, a0; \
	VPADDQ   Z17, a1, a1

// TURN is a = (a XOR b) rotated right by bits, twice at once.
#define TURN(bits, a0, b0, a1, b1) \
	VPXORQ b0, a0, a0;     \
	VPXORQ b1, a1, a1;     \
	VPRORQ bits, a0, a0;   \
	VPRORQ bits, a1, a1

// MIX is GB on eight words of each register, twice at once.
#define MIX(a0, b0, c0, d0, a1, b1, c1, d1) \
	SUM(a0, b0, a1, b1);       \
	TURN($32, d0, a0, d1, a1); \
	SUM(c0, d0, c1, d1);       \
	TURN($24, b0, c0, b1, c1); \
	SUM(a0, b0, a1, b1);       \
	TURN($16, d0, a0, d1, a1); \
	SUM(c0, d0, c1, d1);       \
	TURN($63, b0, c0, b1, c1)

// PAIR exchanges the upper half of a with the lower half of b, so that halves of
// two rows become the same quarter of both. It is its own reverse.
#define PAIR(a, b) \
	VSHUFI64X2 $0x44, b, a, Z16; \
	VSHUFI64X2 $0xee, b, a, b;   \
	VMOVDQA64  Z16, a

#define SHIFT(b, c, d, left1, left3) \
	VPERMQ left1, b, b; \
	VPERMQ $0x4e, c, c; \
	VPERMQ left3, d, d

// ROWS is P on four rows, of which each two are in four registers.
#define ROWS(a0, c0, b0, d0, a1, c1, b1, d1) \
	PAIR(a0, b0); \
	PAIR(c0, d0); \
	PAIR(a1, b1); \
	PAIR(c1, d1); \
	MIX(a0, b0, c0, d0, a1, b1, c1, d1); \
	SHIFT(b0, c0, d0, $0x39, $0x93);     \
	SHIFT(b1, c1, d1, $0x39, $0x93);     \
	MIX(a0, b0, c0, d0, a1, b1, c1, d1); \
	SHIFT(b0, c0, d0, $0x93, $0x39);     \
	SHIFT(b1, c1, d1, $0x93, $0x39);     \
	PAIR(a0, b0); \
	PAIR(c0, d0); \
	PAIR(a1, b1); \
	PAIR(c1, d1)

// NEXT moves the words of two registers on by one.
#define NEXT(b0, b1) \
	VPALIGNR  $8, b0, b1, Z16; \
	VPALIGNR  $8, b1, b0, b1;  \
	VMOVDQA64 Z16, b0

// BACK is NEXT's reverse, and moves on by three.
#define BACK(b0, b1) \
	VPALIGNR  $8, b1, b0, Z16; \
	VPALIGNR  $8, b0, b1, b1;  \
	VMOVDQA64 Z16, b0

// COLUMNS is P on four columns: two words of each to a register.
#define COLUMNS(a0, a1, b0, b1, c0, c1, d0, d1) \
	MIX(a0, b0, c0, d0, a1, b1, c1, d1); \
	NEXT(b0, b1); \
	BACK(d0, d1); \
	MIX(a0, b0, c1, d0, a1, b1, c0, d1); \
	BACK(b0, b1); \
	NEXT(d0, d1)

#define LOAD(offset, to) \
	VMOVDQU64 offset(SI), to;     \
	VPXORQ    offset(DX), to, to

#define STORE(offset, from) \
	VPXORQ    offset(SI), from, from; \
	VPXORQ    offset(DX), from, from; \
	VMOVDQU64 from, offset(DI)

// func compressAVX512(out, x, y *block, over bool)
TEXT ·compressAVX512(SB), NOSPLIT, $0-25
	MOVQ out+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DX
	MOVBLZX over+24(FP), BX

	LOAD(0, Z0)
	LOAD(64, Z1)
	LOAD(128, Z2)
	LOAD(192, Z3)
	LOAD(256, Z4)
	LOAD(320, Z5)
	LOAD(384, Z6)
	LOAD(448, Z7)
	LOAD(512, Z8)
	LOAD(576, Z9)
	LOAD(640, Z10)
	LOAD(704, Z11)
	LOAD(768, Z12)
	LOAD(832, Z13)
	LOAD(896, Z14)
	LOAD(960, Z15)

	ROWS(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	ROWS(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	COLUMNS(Z0, Z2, Z4, Z6, Z8, Z10, Z12, Z14)
	COLUMNS(Z1, Z3, Z5, Z7, Z9, Z11, Z13, Z15)

	TESTL BX, BX
	JZ    store
	VPXORQ 0(DI), Z0, Z0
	VPXORQ 64(DI), Z1, Z1
	VPXORQ 128(DI), Z2, Z2
	VPXORQ 192(DI), Z3, Z3
	VPXORQ 256(DI), Z4, Z4
	VPXORQ 320(DI), Z5, Z5
	VPXORQ 384(DI), Z6, Z6
	VPXORQ 448(DI), Z7, Z7
	VPXORQ 512(DI), Z8, Z8
	VPXORQ 576(DI), Z9, Z9
	VPXORQ 640(DI), Z10, Z10
	VPXORQ 704(DI), Z11, Z11
	VPXORQ 768(DI), Z12, Z12
	VPXORQ 832(DI), Z13, Z13
	VPXORQ 896(DI), Z14, Z14
	VPXORQ 960(DI), Z15, Z15

store:
	STORE(0, Z0)
	STORE(64, Z1)
	STORE(128, Z2)
	STORE(192, Z3)
	STORE(256, Z4)
	STORE(320, Z5)
	STORE(384, Z6)
	STORE(448, Z7)
	STORE(512, Z8)
	STORE(576, Z9)
	STORE(640, Z10)
	STORE(704, Z11)
	STORE(768, Z12)
	STORE(832, Z13)
	STORE(896, Z14)
	STORE(960, Z15)
	VZEROUPPER
	RET
