using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MAFlow.Scoring.Numerics;

/// <summary>The right factor [K, M] of a product, laid out for it: panels of 64 bytes of columns, each row by row; missing columns are
/// zero.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class Panels<T>
    where T : unmanaged
{
    private readonly AlignedNumbers<T> _values;
    private readonly int _columns;

    /// <param name="rows">K.</param>
    /// <param name="columns">M.</param>
    /// <param name="value">The number in row k and column m.</param>
    public Panels(int rows, int columns, Func<int, int, T> value)
        : this(rows, columns)
    {
        var target = _values.Span;
        for (var m = 0; m < columns; m++)
        {
            var start = (m / Lanes * rows * Lanes) + (m % Lanes);
            for (var k = 0; k < rows; k++)
            {
                target[start + (k * Lanes)] = value(k, m);
            }
        }
    }

    /// <param name="rows">K.</param>
    /// <param name="columns">M.</param>
    /// <param name="values">The numbers, row by row, or column by column where they are transposed.</param>
    /// <param name="areTransposed">Whether they are.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Panels(int rows, int columns, ReadOnlySpan<T> values, bool areTransposed)
        : this(rows, columns)
    {
        var target = _values.Span;
        var (perRow, perColumn) = areTransposed ? (1, rows) : (columns, 1);
        for (var m = 0; m < columns; m++)
        {
            var start = (m / Lanes * rows * Lanes) + (m % Lanes);
            for (var k = 0; k < rows; k++)
            {
                target[start + (k * Lanes)] = values[(k * perRow) + (m * perColumn)];
            }
        }
    }

    private Panels(int rows, int columns)
    {
        (Rows, Columns, _columns) = (rows, Padded(columns), columns);
        _values = new((long)rows * Columns);
    }

    /// <summary>Columns in a panel: one vector of 512 bits, or two of 256.</summary>
    public static int Lanes => 64 / Unsafe.SizeOf<T>();

    /// <summary>K.</summary>
    public int Rows { get; }

    /// <summary>M rounded up to whole panels.</summary>
    public int Columns { get; }

    public ref T First => ref MemoryMarshal.GetReference(_values.Span);

    /// <summary>The numbers row after row, without the columns that were added.</summary>
    public T[] ToArray()
    {
        var result = new T[checked(Rows * _columns)];
        var source = _values.Span;
        for (var i = 0; i < result.Length; i++)
        {
            var (row, column) = Math.DivRem(i, _columns);
            result[i] = source[(((column / Lanes * Rows) + row) * Lanes) + (column % Lanes)];
        }

        return result;
    }

    /// <summary>A number of columns rounded up to whole panels.</summary>
    public static int Padded(int columns) => checked(columns + Lanes - 1) / Lanes * Lanes;
}
