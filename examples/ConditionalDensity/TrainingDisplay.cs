using System.Globalization;
using Spectre.Console;

namespace ConditionalDensity;

/// <summary>Shows training as a bar with likelihoods and the time left; as plain lines where the output is a file or a CI log.</summary>
public static class TrainingDisplay
{
    public static T Show<T>(string name, Func<IProgress<TrainingProgress>, T> train)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive)
        {
            return train(new Lines(name));
        }

        return AnsiConsole.Progress()
            .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context => train(new Bar(name, context.AddTask(name))));
    }

    private static string Describe(TrainingProgress progress)
    {
        var culture = CultureInfo.InvariantCulture;
        var validation = progress.History is [.., { ValidationNll: { } nll }] ? string.Create(culture, $", validation {nll:F3}") : "";
        var likelihoods = string.Create(culture, $"NLL training {progress.Current.Loss:F3}{validation}");
        return string.Create(culture, $"epoch {progress.Current.Round}/{progress.Rounds}  {likelihoods}  {progress.Remaining:m\\:ss} left");
    }

    private sealed class Bar(string name, ProgressTask task) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            task.MaxValue = value.Steps;
            task.Value = value.Current.Step;
            task.Description = $"{name}: {Describe(value)}";
        }
    }

    private sealed class Lines(string name) : IProgress<TrainingProgress>
    {
        private const int Count = 10;

        public void Report(TrainingProgress value)
        {
            var every = Math.Max(1, value.Rounds / Count);
            if (value.IsRoundEnd && (value.Current.Round % every == 0 || value.Current.Round == 1 || value.Current.Round == value.Rounds))
            {
                Console.WriteLine($"{name}: {Describe(value)}");
            }
        }
    }
}
