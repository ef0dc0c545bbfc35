using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Central differences in float64.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-5;

    /// <summary>∂f/∂x of a function [B, N] -> [B] or [B, N], shape [N, ...]: one slice per coordinate.</summary>
    public static Tensor Along(Func<Tensor, Tensor> function, Tensor x)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var slices = Enumerable.Range(0, (int)x.shape[1]).Select(i =>
        {
            var shift = zeros_like(x);
            shift.select(1, i).fill_(Step);
            return function(x.add(shift)).sub(function(x.sub(shift))).div(2 * Step);
        });
        return stack(slices).MoveToOuterDisposeScope();
    }

    /// <summary>Derivative of a scalar by every entry of a parameter.</summary>
    public static Tensor OfParameter(Func<double> function, Parameter parameter)
    {
        using var _ = no_grad();
        var flat = parameter.view(-1);
        var result = new double[flat.shape[0]];
        for (var i = 0L; i < result.Length; i++)
        {
            var kept = flat[i].item<double>();
            flat[i] = tensor(kept + Step, float64);
            var above = function();
            flat[i] = tensor(kept - Step, float64);
            result[i] = (above - function()) / (2 * Step);
            flat[i] = tensor(kept, float64);
        }

        return tensor(result).view(parameter.shape);
    }
}
