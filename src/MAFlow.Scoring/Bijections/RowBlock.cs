namespace MAFlow.Scoring.Bijections;

/// <summary>A few rows on their way through a model, with the log-density that they have gathered and what became of them.</summary>
internal sealed class RowBlock
{
    private readonly double[] _points;
    private readonly double[] _spare;
    private readonly double[] _logProb;
    private readonly double[] _verdicts;
    private readonly double[] _contexts;
    private int _rows;

    /// <param name="capacity">Largest number of rows.</param>
    /// <param name="dimension">Number of features N.</param>
    /// <param name="contextDimension">Number of context features C; 0 where there are none.</param>
    public RowBlock(int capacity, int dimension, int contextDimension = 0)
    {
        (Capacity, Dimension, Stride) = (capacity, dimension, Panels<double>.Padded(dimension));
        _points = new double[checked(capacity * Stride)];
        _spare = new double[_points.Length];
        (_logProb, _verdicts) = (new double[capacity], new double[capacity]);
        (ContextDimension, _contexts) = (contextDimension, new double[checked(capacity * contextDimension)]);
    }

    public int Capacity { get; }

    public int Dimension { get; }

    /// <summary>Number of context features C; 0 where there are none.</summary>
    public int ContextDimension { get; }

    /// <summary>Distance between rows.</summary>
    public int Stride { get; }

    /// <summary>Number of rows; setting it begins a new block.</summary>
    public int Rows
    {
        get => _rows;
        set
        {
            _rows = value;
            _logProb.AsSpan().Clear();
            _verdicts.AsSpan().Clear();
        }
    }

    /// <summary>Rows that products run over: three to five rows at the end are computed as six.</summary>
    public int PaddedRows => _rows % 6 < 3 ? _rows : Math.Min(Capacity, _rows + 6 - (_rows % 6));

    /// <summary>All points, row after row.</summary>
    public Span<double> Points => _points;

    /// <summary>As much room again.</summary>
    public Span<double> Spare => _spare;

    /// <summary>ln p of each row so far.</summary>
    public Span<double> LogProb => _logProb;

    public Span<double> Row(int row) => _points.AsSpan(row * Stride, Dimension);

    /// <summary>What a row is conditioned on.</summary>
    public Span<double> Context(int row) => _contexts.AsSpan(row * ContextDimension, ContextDimension);

    /// <summary>Takes a row out of the computation; the first verdict stays.</summary>
    /// <param name="row">Its number.</param>
    /// <param name="verdict">NaN for a missing value, -∞ for a row that the model gives no density.</param>
    public void Exclude(int row, double verdict)
    {
        if (_verdicts[row] == 0)
        {
            _verdicts[row] = verdict;
        }

        Row(row).Clear();
    }

    /// <summary>ln p of a row: a number, or the verdict. What overflowed on the way counts as -∞.</summary>
    public double Answer(int row) =>
        _verdicts[row] != 0 ? _verdicts[row] : double.IsFinite(_logProb[row]) ? _logProb[row] : double.NegativeInfinity;
}
