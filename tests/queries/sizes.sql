-- What functions may give for one block.

SELECT length(repeat('x', 1000000000)); -- { serverError TOO_LARGE_STRING_SIZE }
SELECT length(repeat('x', 1000000)), length(repeat('ab', 3)), length(repeat('x', -1));
SELECT length(repeat('x', 1000001)); -- { serverError TOO_LARGE_STRING_SIZE }
SELECT length(space(1000001)); -- { serverError TOO_LARGE_STRING_SIZE }
SELECT length(leftPad('a', 1000001, 'b')); -- { serverError TOO_LARGE_STRING_SIZE }
SELECT length(rightPadUTF8('a', 1000001)); -- { serverError TOO_LARGE_STRING_SIZE }
SELECT length(leftPad('a', 1000000, 'b'));
SELECT sum(length(range(number))) FROM numbers(1000000); -- { serverError ARGUMENT_OUT_OF_BOUND }
SELECT sum(length(range(number))) FROM numbers(8000);
SELECT range(5), range(2,7), range(7,2,-2), range(0,10,3), range(3,3);
SELECT range(1000000000); -- { serverError ARGUMENT_OUT_OF_BOUND }
SELECT range(-1); -- { serverError ARGUMENT_OUT_OF_BOUND }
SELECT range(1,2,0); -- { serverError ARGUMENT_OUT_OF_BOUND }
SELECT length(arrayWithConstant(1000000000, 'aaaaaaaaaa')); -- { serverError TOO_LARGE_ARRAY_SIZE }
SELECT length(arrayWithConstant(100000000, 'aaaaaaaaaa')); -- { serverError TOO_LARGE_ARRAY_SIZE }
SELECT arrayWithConstant(3, 'a'), arrayWithConstant(0, 1), length(arrayWithConstant(1000000, 1));
