using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>What encoding a point gives: its latent code, and the log-density of the point itself.</summary>
public class Encoded : IDisposable
{
    internal Encoded(Tensor z, Tensor logProb) => (Z, LogProb) = (z, logProb);

    /// <summary>Latent codes, shape [B, N]: standard normal under the model.</summary>
    public Tensor Z { get; }

    /// <summary>ln p(x) of the point that was encoded, in nats, shape [B].</summary>
    public Tensor LogProb { get; }

    /// <summary>Both tensors.</summary>
    public void Deconstruct(out Tensor z, out Tensor logProb) => (z, logProb) = (Z, LogProb);

    /// <summary>All tensors that this owns.</summary>
    private protected virtual IEnumerable<Tensor> Tensors => [Z, LogProb];

    /// <summary>Disposes all tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in Tensors)
        {
            tensor.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    internal Encoded MoveToOuterDisposeScope()
    {
        foreach (var tensor in Tensors)
        {
            tensor.MoveToOuterDisposeScope();
        }

        return this;
    }
}
