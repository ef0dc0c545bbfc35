using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>From the parameters at the knots to the terms of a moment, by operations that autograd differentiates.</summary>
/// <param name="shape">Sizes.</param>
/// <param name="parameter">A parameter of the potential by its name.</param>
internal sealed class PairKnots(PairShape shape, Func<string, Tensor> parameter)
{
    public const string Filter = "filter";
    public const string Sharpness = "sharpness";
    public const string Constant = "constant";
    public const string Linear = "linear";
    public const string Strength = "strength";
    public const string CollectiveSharpness = "collectiveSharpness";
    public const string Offset = "offset";
    private const string CouplingPrefix = "coupling";
    private const string ExchangePrefix = "exchange";

    /// <summary>Name of a block's coupling.</summary>
    public static string Coupling(int block) => FormattableString.Invariant($"{CouplingPrefix}{block}");

    /// <summary>Name of a block's coupling between components.</summary>
    public static string Exchange(int block) => FormattableString.Invariant($"{ExchangePrefix}{block}");

    /// <summary>The terms between two moments between which all parameters are linear.</summary>
    /// <param name="start">Number of the knot, or a place between two.</param>
    /// <param name="end">Likewise.</param>
    public PairTerms Between(double start, double end)
    {
        var (filters, sharpness) = (parameter(Filter), parameter(Sharpness));
        var products = filters.unsqueeze(0).mul(filters.unsqueeze(1)).permute(2, 0, 1);
        var overlaps = shape.Kernels.Kernel(products);
        var curvature = overlaps[0].diagonal().unsqueeze(-1).mul(sharpness.Square());
        var collective = parameter(CollectiveSharpness);
        Tensor[] throughout =
            [filters.t(), sharpness, curvature, collective, shape.IsSignSymmetric ? zeros_like(collective) : parameter(Offset)];
        var unit = sharpness.reciprocal();
        var units = cat([unit.flatten(), unit.narrow(1, 0, shape.EvenUnits).flatten().Mul(0.5)]);
        var scales = Scales(filters);
        return PairTerms.Between(shape, throughout, Moment(start, units, overlaps, scales), Moment(end, units, overlaps, scales));
    }

    private IEnumerable<Tensor> Moment(double place, Tensor units, Tensor overlaps, Tensor scales)
    {
        var constant = At(Constant, place);
        var own = units.narrow(0, shape.Features - shape.Constants, shape.Constants).mul(constant);
        yield return shape.IsSignSymmetric ? cat([zeros(shape.Odd, dtype: own.dtype, device: own.device), own]) : own;
        yield return At(Linear, place);
        yield return At(Strength, place);
        var first = 0L;
        foreach (var (count, block) in shape.Blocks.Select((count, block) => (count, block)))
        {
            var (unit, scale) = (units.narrow(0, first, count), scales.narrow(0, first, count));
            var scaled = unit.unsqueeze(0).mul(unit.unsqueeze(1));
            var coupling = Symmetric(At(Coupling(block), place));
            var exchange = shape.Components == 1 ? null : Symmetric(At(Exchange(block), place));
            yield return (exchange is null ? coupling : coupling.sub(exchange)).mul(scaled);
            // W(r) (S ⋆ S)(r): the Laplacian sees both slopes of a pair through the filters at once.
            var pairs = overlaps.index_select(1, scale).index_select(2, scale);
            yield return shape.Kernels.Spectrum(shape.Kernels.Kernel(coupling).mul(pairs));
            if (exchange is not null)
            {
                yield return exchange.mul(scaled);
            }

            first += count;
        }
    }

    /// <summary>Scale of each feature, shape [F], int64.</summary>
    private Tensor Scales(Tensor like)
    {
        IEnumerable<long> Repeated(int units) =>
            Enumerable.Range(0, shape.Scales).SelectMany(scale => Enumerable.Repeat((long)scale, units));
        long[] scales = [.. Repeated(shape.Units), .. Repeated(shape.EvenUnits)];
        return tensor(scales, dtype: int64).to(like.device);
    }

    private static Tensor Symmetric(Tensor coupling) => coupling.Add(coupling.transpose(1, 2)).Mul(0.5);

    /// <summary>A parameter at a place among its knots.</summary>
    private Tensor At(string name, double place) => LinearInTime.At(parameter(name), place);
}
