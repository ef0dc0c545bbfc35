using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>The mean of -ln p over the rows of a batch without the least likely ones.</summary>
internal sealed class TrimmedLikelihood : Objective
{
    private readonly double _share;

    public TrimmedLikelihood(double share)
    {
        TensorChecks.RequireOption(share, 0, MaxTrimmedShare);
        _share = share;
    }

    public override string Identity => string.Create(CultureInfo.InvariantCulture, $"likelihood without {_share:R} of the rows");

    internal override double TrimmedShare => _share;

    internal override bool IsLikelihood => true;

    /// <summary>Numbers of the rows that are kept: all but those with the largest values.</summary>
    /// <param name="nll">-ln p of rows, one dimension.</param>
    /// <param name="share">Share of the rows that is left out, rounded down.</param>
    public static Tensor Kept(Tensor nll, double share)
    {
        using var scope = NewDisposeScope();
        // A value that is no number is the least likely of all.
        var order = where(nll.isfinite(), nll, nll.FullLike(double.PositiveInfinity)).argsort(0);
        var count = nll.shape[0];
        return order.narrow(0, 0, count - (long)(share * count)).MoveToOuterDisposeScope();
    }

    public override ObjectiveValue Evaluate(ObjectiveBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.RequireData(true, "Objective.TrimmedLikelihood", "Objective.FreeEnergy(energy)");
        using var scope = NewDisposeScope();
        var nll = batch.Encoded.LogProb.neg();
        // Rows compare by their densities in original units.
        var complete = batch.LogDeterminant is { } logDeterminant
            ? nll.detach().sub(logDeterminant.to(nll.dtype, nll.device))
            : nll.detach();
        var loss = nll.index_select(0, Kept(complete, _share)).mean([0L]);
        return (loss.MoveToOuterDisposeScope(), nll.MoveToOuterDisposeScope());
    }
}
