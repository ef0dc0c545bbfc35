using System.Globalization;
using MAFlow.Torch.Arithmetic;
using MAFlow.Torch.Objectives;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

/// <summary>Weighted maximum likelihood, plus a penalty on the mean latent code: -E[w ln p(x)] + λ |E z|².</summary>
/// <param name="rowWeights">w of each training row.</param>
/// <param name="strength">λ.</param>
public sealed class MomentPenalty(IReadOnlyList<double> rowWeights, double strength) : Objective
{
    private readonly double[] _rowWeights = [.. rowWeights];

    /// <summary>All that determines the loss. A checkpoint of another identity is refused.</summary>
    public override string Identity => string.Create(
        CultureInfo.InvariantCulture, $"moment penalty {strength:R}, {_rowWeights.Length} row weights, sum {_rowWeights.Sum():R}");

    public override (Tensor Loss, Tensor Values) Evaluate(ObjectiveBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        var (z, logProb) = (batch.Encoded.Z, batch.Encoded.LogProb);
        var weights = tensor(_rowWeights, dtype: logProb.dtype, device: logProb.device).index_select(0, batch.Rows!.to(logProb.device));
        var likelihood = logProb.mul(weights).mean();
        var loss = z.mean([0L]).Pow(2).sum().Mul(strength).sub(likelihood);
        return (loss.MoveToOuterDisposeScope(), logProb.detach().neg().MoveToOuterDisposeScope());
    }
}
