using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Numerics;

/// <summary>c = start + factor · a b: blocks of 6 rows and up to 4 vectors of columns, whose sums stay in registers.</summary>
/// <remarks>However rows and columns are cut into blocks, a sum runs over k = 0, 1, … in one register with one rounding per term: that
/// makes the bits of a row independent of what is computed beside it.</remarks>
internal static partial class MatrixProduct<S, T, V>
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    private const int RowsPerBlock = 6;

    /// <summary>The product; the caller has checked all bounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        ref T a, nint strideA, int rows, Panels<T> b, ref T start, nint strideStart, T factor, ref T c)
    {
        ref var right = ref b.First;
        var (vectors, halves) = (b.Columns / S.Count, Panels<T>.Lanes / S.Count);
        // 24 sums need the 32 registers that come with vectors of 512 bits.
        var widest = halves == 1 ? 4 : 2;
        for (var v = 0; v < vectors;)
        {
            var width = Math.Min(widest, vectors - v) switch { >= 4 => 4, >= 2 => 2, _ => 1 };
            var place = new Place
            {
                Inner = b.Rows,
                StrideA = strideA,
                StrideStart = strideStart,
                StrideC = b.Columns,
                Second = Offset(v + 1, halves, b.Rows) - Offset(v, halves, b.Rows),
                Fourth = (Offset(v + 1, halves, b.Rows) - Offset(v, halves, b.Rows)) * 3,
            };
            ref var panel = ref Unsafe.Add(ref right, Offset(v, halves, b.Rows));
            nint column = v * S.Count;
            var row = 0;
            for (; row + RowsPerBlock <= rows; row += RowsPerBlock)
            {
                ref var left = ref Unsafe.Add(ref a, row * strideA);
                ref var from = ref Unsafe.Add(ref start, (row * strideStart) + column);
                ref var to = ref Unsafe.Add(ref c, (row * place.StrideC) + column);
                switch (width)
                {
                    case 4:
                        SixByFour(ref left, ref panel, ref from, factor, ref to, in place);
                        break;
                    case 2:
                        SixByTwo(ref left, ref panel, ref from, factor, ref to, in place);
                        break;
                    default:
                        SixByOne(ref left, ref panel, ref from, factor, ref to, in place);
                        break;
                }
            }

            for (; row < rows; row++)
            {
                ref var left = ref Unsafe.Add(ref a, row * strideA);
                ref var from = ref Unsafe.Add(ref start, (row * strideStart) + column);
                ref var to = ref Unsafe.Add(ref c, (row * place.StrideC) + column);
                switch (width)
                {
                    case 4:
                        OneByFour(ref left, ref panel, ref from, factor, ref to, in place);
                        break;
                    case 2:
                        OneByTwo(ref left, ref panel, ref from, factor, ref to, in place);
                        break;
                    default:
                        OneByOne(ref left, ref panel, ref from, factor, ref to, in place);
                        break;
                }
            }

            v += width;
        }
    }

    /// <summary>Where a vector of columns begins in the panels.</summary>
    private static nint Offset(int vector, int halves, nint inner) =>
        (vector / halves * inner * Panels<T>.Lanes) + (vector % halves * S.Count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(V sum, V factor, ref T from, ref T to, nint offset) =>
        S.Store(S.MultiplyAdd(sum, factor, S.Load(ref from, offset)), ref to, offset);

    /// <summary>Distances in memory that all blocks of a product share.</summary>
    private struct Place
    {
        /// <summary>K.</summary>
        public nint Inner;
        public nint StrideA;
        public nint StrideStart;
        public nint StrideC;

        /// <summary>From the first to the second vector of columns.</summary>
        public nint Second;

        /// <summary>From the first to the fourth.</summary>
        public nint Fourth;
    }
}
