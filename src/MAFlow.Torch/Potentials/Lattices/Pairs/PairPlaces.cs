using System.Runtime.CompilerServices;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>A vector of columns at one site and scale.</summary>
/// <param name="Site">n.</param>
/// <param name="Scale">s.</param>
/// <param name="Field">Place in fields [N, S, R].</param>
/// <param name="Unit">Place of the scale's first sharpness in [S, J].</param>
/// <param name="Column">First column.</param>
/// <param name="Count">Columns, fewer than a vector has where they end.</param>
internal readonly record struct PairPlace(int Site, int Scale, int Field, int Unit, int Column, int Count);

/// <summary>Every place of a lattice, sites first.</summary>
/// <param name="shape">Sizes.</param>
/// <param name="columns">R.</param>
/// <param name="width">Columns of a vector.</param>
internal readonly struct PairPlaces(PairShape shape, int columns, int width)
{
    public Enumerator GetEnumerator() => new((int)shape.Sites * shape.Scales, shape.Scales, shape.Units, columns, width);

    internal struct Enumerator(int rows, int scales, int units, int columns, int width)
    {
        private int _row;
        private int _site;
        private int _scale;
        private int _column = -width;

        public readonly PairPlace Current
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => new(_site, _scale, (_row * columns) + _column, _scale * units, _column, Math.Min(width, columns - _column));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            _column += width;
            if (_column < columns)
            {
                return true;
            }

            (_column, _row, _scale) = (0, _row + 1, _scale + 1);
            if (_scale == scales)
            {
                (_scale, _site) = (0, _site + 1);
            }

            return _row < rows;
        }
    }
}
