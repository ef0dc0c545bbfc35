using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>Sums of derivatives by the terms of a stretch, one per wave, over the stages of a solve.</summary>
/// <param name="shape">Sizes.</param>
/// <param name="terms">What is differentiated by.</param>
internal sealed class PairGradients(PairShape shape, PairTerms terms)
{
    private readonly Tensor[] _sums = [.. terms.Tensors.Select((term, i) => zeros(
        terms.IsPerOrbit(i) ? [shape.Sites, .. term.shape[1..]] : term.shape, dtype: term.dtype, device: term.device))];

    /// <summary>Where in the stretch the next derivatives are taken, from 0 to 1.</summary>
    public double Fraction { get; set; }

    /// <summary>Adds derivatives by the filters [N, S].</summary>
    public void AddFilters(Tensor filters) => _sums[0].Add_(filters);

    /// <summary>Adds derivatives by ω [S, J] through the arguments of the features.</summary>
    public void AddSharpness(Tensor sharpness) => _sums[1].Add_(sharpness);

    /// <summary>Adds derivatives by κω² [S, J], by λ [N] and by the collective terms.</summary>
    public void Add(Tensor? curvature, Tensor linear, PairCollective collective)
    {
        if (curvature is not null)
        {
            _sums[2].Add_(curvature);
        }

        _sums[3].Add_(collective.BySharpness());
        _sums[4].Add_(collective.ByOffset());
        SumLinear(1, linear);
        SumLinear(2, collective.ByStrength());
    }

    /// <summary>Adds derivatives by the couplings of all blocks, and by the constants.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="spectra">Of the features.</param>
    /// <param name="cotangents">Of what the features feel.</param>
    /// <param name="slopes">Of the slopes; none where the Laplacian has no part.</param>
    /// <param name="laplacian">l̄ of each column; null for zero.</param>
    public void AddPairs(
        PairStage stage, IReadOnlyList<Tensor> spectra, IReadOnlyList<Tensor> cotangents, IReadOnlyList<Tensor> slopes, Tensor? laplacian)
    {
        // The zero mode of a cotangent is its sum over the sites, over √N.
        var constants = cotangents.Select(cotangent => cotangent[0].sum([1L]).Mul(Math.Sqrt(shape.Sites))).ToArray();
        SumLinear(0, cat(constants));
        for (var block = 0; block < spectra.Count; block++)
        {
            SumLinear(terms.BlockPlace(block), cotangents[block].bmm(spectra[block].transpose(1, 2)));
            if (laplacian is not null)
            {
                SumLinear(terms.BlockPlace(block) + 1, slopes[block].mul(laplacian).bmm(slopes[block].transpose(1, 2)));
            }

            if (shape.Components > 1)
            {
                var (left, right) = (stage.OverComponents(cotangents[block]), stage.OverComponents(spectra[block]));
                SumLinear(terms.BlockPlace(block) + 2, left.bmm(right.transpose(1, 2)));
            }
        }
    }

    /// <summary>The derivatives by the terms themselves, one per orbit.</summary>
    public IReadOnlyList<Tensor> Totals()
    {
        var orbits = shape.Orbits(terms.Tensors[0]);
        return [.. terms.Tensors.Select((term, i) =>
            terms.IsPerOrbit(i) ? zeros_like(term).index_add_(0, orbits, _sums[i], Scalars.One) : _sums[i])];
    }

    private void SumLinear(int index, Tensor gradient)
    {
        using var start = (1 - Fraction).ToScalar();
        using var end = Fraction.ToScalar();
        _sums[terms.Place(index, false)].add_(gradient, alpha: start);
        _sums[terms.Place(index, true)].add_(gradient, alpha: end);
    }
}
