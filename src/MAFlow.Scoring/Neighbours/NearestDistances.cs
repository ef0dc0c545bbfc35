namespace MAFlow.Scoring.Neighbours;

/// <summary>The k smallest of the squared distances that it is told of, with the rows that they belong to, in ascending order.</summary>
internal ref struct NearestDistances(Span<double> squares, Span<int> rows)
{
    private readonly Span<double> _squares = squares;
    private readonly Span<int> _rows = rows;

    /// <summary>Rows that have been found.</summary>
    public readonly ReadOnlySpan<int> Rows => _rows;

    /// <summary>Only what is below it can be among the k smallest.</summary>
    public readonly double Bound => _squares[^1];

    public readonly void Clear()
    {
        _squares.Fill(double.PositiveInfinity);
        _rows.Fill(-1);
    }

    public readonly void Add(double square, int row)
    {
        if (!(square < Bound))
        {
            return;
        }

        var place = _squares.Length - 1;
        for (; place > 0 && _squares[place - 1] > square; place--)
        {
            (_squares[place], _rows[place]) = (_squares[place - 1], _rows[place - 1]);
        }

        (_squares[place], _rows[place]) = (square, row);
    }
}
