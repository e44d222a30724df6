import { Breadcrumb, BreadcrumbItem, Content, Flex, FlexItem, PageSection, Title } from "@patternfly/react-core";
import type { JSX, ReactNode } from "react";
import { Link } from "react-router";

interface PageHeaderProps {
  readonly title: string;
  /** Beside the title: labels of the state. */
  readonly labels?: ReactNode;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  /** The pages above, outermost first. */
  readonly above?: readonly { readonly title: string; readonly path: string }[];
}

/** Heading, document title and way back of every page. */
export function PageHeader({ title, labels, description, actions, above = [] }: PageHeaderProps): JSX.Element {
  return (
    <>
      <title>{`${title} · Postern`}</title>
      {above.length > 0 && (
        <PageSection type="breadcrumb" hasBodyWrapper={false}>
          <Breadcrumb>
            {above.map((each) => (
              <BreadcrumbItem
                key={each.path}
                render={({ className }) => (
                  <Link className={className} to={each.path}>
                    {each.title}
                  </Link>
                )}
              />
            ))}
            <BreadcrumbItem isActive>{title}</BreadcrumbItem>
          </Breadcrumb>
        </PageSection>
      )}
      <PageSection hasBodyWrapper={false} className="postern-page-header">
        <Flex
          justifyContent={{ default: "justifyContentSpaceBetween" }}
          alignItems={{ default: "alignItemsFlexStart" }}
        >
          <FlexItem flex={{ default: "flex_1" }} className="postern-page-header__text">
            <Flex alignItems={{ default: "alignItemsCenter" }} gap={{ default: "gapSm" }}>
              <Title headingLevel="h1" tabIndex={-1}>
                {title}
              </Title>
              {labels}
            </Flex>
            {description !== undefined && (
              <Content component="p" className="postern-page-header__description">
                {description}
              </Content>
            )}
          </FlexItem>
          {actions !== undefined && <FlexItem>{actions}</FlexItem>}
        </Flex>
      </PageSection>
    </>
  );
}
