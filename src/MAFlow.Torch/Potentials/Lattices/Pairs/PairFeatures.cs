using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The features of a field at every site, as t = tanh(ωy) and, on the first units of each scale, t².</summary>
/// <remarks>Slopes by ωy are u = 1 - t² and 2tu. Columns R are rows of a batch, times components.</remarks>
internal sealed class PairFeatures
{
    private readonly PairShape _shape;

    /// <param name="shape">Sizes.</param>
    /// <param name="fields">Filtered fields y, shape [N, S, R].</param>
    /// <param name="sharpness">ω, shape [S, J, 1].</param>
    public PairFeatures(PairShape shape, Tensor fields, Tensor sharpness)
    {
        _shape = shape;
        Odd = fields.unsqueeze(2).mul(sharpness).tanh();
        Slope = Odd.Square().neg().Add(1);
        (Even, EvenSlope) = (OfEven(Odd), OfEven(Slope));
    }

    /// <summary>t, shape [N, S, J, R].</summary>
    public Tensor Odd { get; }

    /// <summary>u = 1 - t², shape [N, S, J, R].</summary>
    public Tensor Slope { get; }

    /// <summary>t of the units with an even feature, shape [N, S, E, R].</summary>
    public Tensor Even { get; }

    /// <summary>u of the units with an even feature.</summary>
    public Tensor EvenSlope { get; }

    /// <summary>t and t², block by block, shape [N, f, R] each.</summary>
    public IReadOnlyList<Tensor> Values() => Join(Odd, Even.Square());

    /// <summary>u and tu: half the slope of t², whose factor the spreads carry.</summary>
    public IReadOnlyList<Tensor> Slopes() => Join(Slope, Even.mul(EvenSlope));

    /// <summary>The units with an even feature.</summary>
    public Tensor OfEven(Tensor units) => units.narrow(-2, 0, _shape.EvenUnits);

    /// <summary>Numbers for odd and even features, in the blocks that are coupled.</summary>
    /// <param name="odd">Shape [N, S, J, R].</param>
    /// <param name="even">Shape [N, S, E, R].</param>
    public IReadOnlyList<Tensor> Join(Tensor odd, Tensor even)
    {
        var (first, second) = (odd.reshape(odd.shape[0], _shape.Odd, -1), even.reshape(even.shape[0], _shape.Features - _shape.Odd, -1));
        return _shape.IsSignSymmetric ? [first, second] : [cat([first, second], 1)];
    }

    /// <summary>Undoes <see cref="Join"/>.</summary>
    public (Tensor Odd, Tensor Even) Split(IReadOnlyList<Tensor> blocks)
    {
        var (first, second) = _shape.IsSignSymmetric
            ? (blocks[0], blocks[1])
            : (blocks[0].narrow(1, 0, _shape.Odd), blocks[0].narrow(1, _shape.Odd, _shape.Features - _shape.Odd));
        return (
            first.reshape(first.shape[0], _shape.Scales, _shape.Units, -1),
            second.reshape(second.shape[0], _shape.Scales, _shape.EvenUnits, -1));
    }
}
