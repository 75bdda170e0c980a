import catalogue from '../../../../catalogue/blueprints.json' with { type: 'json' };
import { type Application, application } from './application.ts';
import { distributions } from './distributions.ts';
import { django } from './django.ts';
import { lamp } from './lamp.ts';
import { nginx } from './nginx.ts';
import { nodejs } from './nodejs.ts';
import { type Recipe, stack } from './recipe.ts';
import { redmine } from './redmine.ts';
import { system } from './system.ts';
import { wordpress } from './wordpress.ts';

/** By the ids of the catalogue. All are made of the packages of one release. */
const applications: Readonly<Record<string, Application>> = {
  django_bitnami: django,
  lamp_8_bitnami: lamp,
  nginx,
  nodejs,
  redmine,
  wordpress,
};
const applicationsOn = 'debian_12';

const usernames = new Map(catalogue.blueprints.map(({ blueprintId, username }) => [blueprintId, username]));

/** How the image of a blueprint is made here; undefined for one that Lateen cannot make itself. */
export const recipeOf = (blueprintId: string): Recipe | undefined => {
  const username = usernames.get(blueprintId);
  const added = Object.hasOwn(applications, blueprintId) ? applications[blueprintId] : undefined;
  const distributionId = added ? applicationsOn : blueprintId;
  if (username === undefined || !Object.hasOwn(distributions, distributionId)) return undefined;
  const distribution = distributions[distributionId]!;
  const layers = [system(distribution, username), ...(added ? [application(username, added)] : [])];
  return stack({ blueprintId, distribution, username }, layers);
};

/** Blueprints that have a recipe, as the catalogue orders them. */
export const recipeIds: readonly string[] = [...usernames.keys()].filter((id) => recipeOf(id) !== undefined);
