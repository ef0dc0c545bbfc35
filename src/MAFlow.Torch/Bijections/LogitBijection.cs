using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>A fitted <see cref="Logit"/>.</summary>
internal sealed class LogitBijection(double lambda) : Bijection(Logit.Kind)
{
    public static LogitBijection Restore(StoredComponent stored)
    {
        var lambda = stored.Option<double>("lambda");
        _ = new Logit(lambda);
        return new(lambda);
    }

    protected internal override Mapped MapForward(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(x);
        UnitInterval.Require(wide, "the logit", "it");
        var logP = wide.Mul(1 - (2 * lambda)).Add(lambda).log();
        var logQ = wide.neg().Add(1).Mul(1 - (2 * lambda)).Add(lambda).log();
        var logDeterminant = logP.Add(logQ).sum([1L]).neg().Add(x.shape[1] * Math.Log(1 - (2 * lambda)));
        return new Mapped(logP.sub(logQ), logDeterminant).MoveToOuterDisposeScope();
    }

    protected internal override Mapped MapInverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(y);
        // Beyond the images of 0 and 1 the flow may put a little mass; it maps to the ends.
        var x = wide.sigmoid().Sub(lambda).Div(1 - (2 * lambda)).Clamp(0, 1);
        // ln p + ln(1 - p) of p = sigmoid(y).
        var spread = nn.functional.logsigmoid(wide).Add(nn.functional.logsigmoid(wide.neg())).sum([1L]);
        return new Mapped(x, spread.Sub(y.shape[1] * Math.Log(1 - (2 * lambda)))).MoveToOuterDisposeScope();
    }

    protected internal override StoredComponent Store() => new StoredComponent(Kind).With("lambda", lambda);
}
