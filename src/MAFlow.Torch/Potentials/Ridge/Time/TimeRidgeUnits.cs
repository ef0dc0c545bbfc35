using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.Time;

/// <summary>Sizes of a ridge potential whose amplitudes and biases change with time. Its columns are the rows of a batch.</summary>
/// <param name="dimension">Number of coordinates N.</param>
/// <param name="units">Number of hidden units h.</param>
/// <param name="activation">f.</param>
internal sealed class TimeRidgeUnits(long dimension, long units, Activation activation) : KnotPotential
{
    // Numbers of one tensor of hidden units at a time.
    private const long NumbersAtOnce = 1 << 14;
    private const long LeastRows = 32;

    /// <inheritdoc/>
    public override long RowsAtOnce(Tensor like) => Math.Max(LeastRows, NumbersAtOnce / Math.Max(dimension, units));

    /// <inheritdoc/>
    public override Tensor ToColumns(Tensor points) => points.t();

    /// <inheritdoc/>
    public override Tensor ToPoints(Tensor columns) => columns.t().contiguous().alias();

    /// <summary>The stages of a solve.</summary>
    /// <param name="terms">W [h, N] and |w|² [h], then a and, where the activation has one, b at both ends, shape [2, h].</param>
    /// <param name="like">A tensor of the solve.</param>
    public override IKnotStages Stages(IReadOnlyList<Tensor> terms, Tensor like) => new TimeRidgeStages(activation, terms);
}
