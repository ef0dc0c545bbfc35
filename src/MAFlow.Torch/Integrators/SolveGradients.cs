using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>What reverse passes of whole solves have in common.</summary>
internal static class SolveGradients
{
    private const string ResultKey = "result";

    /// <summary>A gradient that autograd handed in, or null where the loss does not depend on that output.</summary>
    public static Tensor? Given(Tensor? gradient) => gradient is null || gradient.IsInvalid ? null : gradient;

    /// <summary>Vector-Jacobian products of some outputs; null where an input has no part in them.</summary>
    public static Tensor?[] Of(
        IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor?> upstream, IReadOnlyList<Tensor> inputs, bool createGraph = false)
    {
        var pairs = outputs.Zip(upstream.Select(Given)).Where(pair => pair.Second is not null && pair.First.requires_grad).ToList();
        var wanted = inputs.Select((input, i) => (Input: input, Index: i)).Where(input => input.Input.requires_grad).ToList();
        var gradients = new Tensor?[inputs.Count];
        if (pairs.Count == 0 || wanted.Count == 0)
        {
            return gradients;
        }

        var found = autograd.grad(
            [.. pairs.Select(pair => pair.First)], [.. wanted.Select(input => input.Input)], [.. pairs.Select(pair => pair.Second!)],
            retain_graph: createGraph, create_graph: createGraph, allow_unused: true);
        for (var i = 0; i < wanted.Count; i++)
        {
            gradients[wanted[i].Index] = Given(found[i]);
        }

        return gradients;
    }

    /// <summary>The gradients by a plain solve, which can be differentiated again.</summary>
    /// <param name="integrator">Method.</param>
    /// <param name="field">v and r.</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="inputs">The state at the start, then the field's parameters.</param>
    /// <param name="upstream">Gradients of the loss by state and integrals at the end.</param>
    public static Tensor[] Plainly(
        Integrator integrator, Field field, TimeGrid piece, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> upstream)
    {
        var (isolated, parameters) = field.On([.. inputs.Skip(1)], tensor => tensor.alias());
        var end = integrator.SolvePlainly(isolated, inputs[0], piece);
        var gradients = Of(end.Tensors, upstream, [inputs[0], .. parameters], createGraph: true);
        return [.. gradients.Select((gradient, i) => gradient ?? zeros_like(inputs[i]))];
    }

    /// <summary>Keeps gradients alive until native code has read them, and adds an empty one for the first argument, which is no
    /// tensor.</summary>
    public static List<Tensor> Keep(autograd.AutogradContext context, IEnumerable<Tensor> gradients)
    {
        List<Tensor> result = [.. gradients.Select(gradient => gradient.MoveToOuterDisposeScope())];
        context.save_data(ResultKey, result);
        return [null!, .. result];
    }

    /// <summary>Requires that a field which can be differentiated names what it can be differentiated by.</summary>
    /// <exception cref="InvalidOperationException">The velocity depends on tensors that are not among the field's parameters.</exception>
    public static void RequireDeclared(Field field, Tensor x, TimeGrid piece)
    {
        using var scope = NewDisposeScope();
        if (!field.Parameters.Any(parameter => parameter.requires_grad) && field.HidesParameters(x.detach(), piece.Start))
        {
            throw new InvalidOperationException(
                "Expected a potential that names the tensors it depends on, got one with a trainable value and none of them; "
                + "register them as parameters, or override Potential.DependsOn, or train without Recompute and Reversible.");
        }
    }

    /// <summary>A tensor of the same numbers that is its own beginning.</summary>
    public static Tensor Leaf(Tensor tensor) => tensor.requires_grad ? tensor.detach().requires_grad_() : tensor;
}
