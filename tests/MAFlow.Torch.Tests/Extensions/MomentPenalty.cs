using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests.Extensions;

/// <summary>Weighted maximum likelihood with a penalty on the mean of the latent codes, as a user writes an objective: against the public API alone.</summary>
public sealed class MomentPenalty(IReadOnlyList<double> rowWeights, double strength) : Objective
{
    private readonly double[] _rowWeights = [.. rowWeights];

    public override string Identity =>
        string.Create(CultureInfo.InvariantCulture, $"moment penalty {strength:R}, {_rowWeights.Length} row weights, sum {_rowWeights.Sum():R}");

    public override ObjectiveValue Evaluate(ObjectiveBatch batch)
    {
        using var scope = NewDisposeScope();
        var (z, logProb) = (batch.Encoded.Z, batch.Encoded.LogProb);
        var weights = tensor(_rowWeights, dtype: logProb.dtype).index_select(0, batch.Rows!);
        var loss = z.mean([0L]).Pow(2).sum().Mul(strength).Add(logProb.mul(weights).mean().neg());
        return new(loss.MoveToOuterDisposeScope(), logProb.detach().neg().MoveToOuterDisposeScope());
    }
}
