using System.Numerics;

namespace MAFlow.Scoring.Flows;

/// <summary>Room for the rows of one block on their way through a flow.</summary>
internal abstract class FlowWorkspace
{
}

/// <summary>Room for rows of one type of number.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class FlowWorkspace<T> : FlowWorkspace
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedNumbers<T>[] _buffers;
    private AlignedNumbers<T> _record = new(0);
    private AlignedNumbers<T> _starts = new(0);
    private AlignedNumbers<T> _boundaries = new(0);

    /// <param name="capacity">Largest number of rows.</param>
    /// <param name="dimension">N.</param>
    /// <param name="width">Largest number of hidden units, in whole panels.</param>
    /// <param name="stages">Stages of the method.</param>
    /// <param name="contextDimension">C; 0 where there are no contexts.</param>
    /// <param name="contextFeatures">Largest number of units between contexts and biases, in whole panels.</param>
    public FlowWorkspace(int capacity, int dimension, int width, int stages, int contextDimension = 0, int contextFeatures = 0)
    {
        Stride = Panels<T>.Padded(dimension);
        var (points, units) = ((long)capacity * Stride, (long)capacity * width);
        _buffers =
        [
            new(points), new(points), new(points), new(units), new(units), new(units), new(units), new(units),
            new(units * stages), new(units * (stages + 1)),
            new((long)capacity * contextDimension), new((long)capacity * contextFeatures), new(contextDimension == 0 ? 0 : units),
        ];
        Zeros = new(Math.Max(Stride, width));
    }

    /// <summary>Distance between rows of points.</summary>
    public int Stride { get; }

    /// <summary>Points x.</summary>
    public Span<T> X => _buffers[0].Span;

    /// <summary>Velocities.</summary>
    public Span<T> Velocity => _buffers[1].Span;

    /// <summary>∂/∂x of what is differentiated.</summary>
    public Span<T> Gradient => _buffers[2].Span;

    /// <summary>Hidden units y.</summary>
    public Span<T> Y => _buffers[3].Span;

    /// <summary>Mean of the stages.</summary>
    public Span<T> Mean => _buffers[4].Span;

    /// <summary>S = ∫ s dt.</summary>
    public Span<T> Sum => _buffers[5].Span;

    /// <summary>∫ s² dt.</summary>
    public Span<T> Squares => _buffers[6].Span;

    /// <summary>∂/∂S of what is differentiated.</summary>
    public Span<T> Direct => _buffers[7].Span;

    /// <summary>s of each stage.</summary>
    public Span<T> Stages => _buffers[8].Span;

    /// <summary>Adjoints of each stage, and that of the state behind the step.</summary>
    public Span<T> Adjoints => _buffers[9].Span;

    /// <summary>Contexts c, one row behind the other.</summary>
    public Span<T> Contexts => _buffers[10].Span;

    /// <summary>Units of a network of the contexts.</summary>
    public Span<T> ContextFeatures => _buffers[11].Span;

    /// <summary>Biases of each row.</summary>
    public Span<T> Biases => _buffers[12].Span;

    /// <summary>One row of zeros.</summary>
    public AlignedNumbers<T> Zeros { get; }

    /// <summary>s of all stages of several steps.</summary>
    public Span<T> Record(long count) => Grown(ref _record, count);

    /// <summary>Points at the starts of pieces.</summary>
    public Span<T> Starts(long count) => Grown(ref _starts, count);

    /// <summary>Hidden units at some step boundaries.</summary>
    public Span<T> Boundaries(long count) => Grown(ref _boundaries, count);

    private static Span<T> Grown(ref AlignedNumbers<T> numbers, long count)
    {
        if (numbers.Span.Length < count)
        {
            numbers = new(count);
        }

        return numbers.Span;
    }
}
